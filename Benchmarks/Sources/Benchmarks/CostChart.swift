import Charts
import LinuxSystem
import ProgramSupport

/// What a frame costs, against its size and the number of programs: rows, and the picture in docs/images.
enum CostChart {
    private static let path = "docs/images/benchmarks.svg"

    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        let sizes = PictureSize.all
        let costs = try FrameCost.measure(programs, sizes)
        let shared = try sizes.map { size in
            let sink = SharedMemorySink(programs.workspace, unfilled: size)
            return Rounds.median(try (0..<3).map { _ in try sink.cpuTime() })
        }
        let readers = try [1, 2, 4, 8].map { count in
            (count, try FrameCost.measure(programs, readers: count, .ultraHD))
        }
        if let cost = costs.last, let sink = shared.last {
            addRow("CPU time for a frame of 4K NV12, both processes", cost.frame, "memcpy of it", cost.copy, add)
            addRow(
                "CPU time for a frame of 4K NV12, both processes", cost.frame, "shmsink, from memory of fakesrc", sink,
                add)
        }
        if let one = readers.first, let many = readers.last {
            addRow(
                "CPU time for a frame of 4K NV12, \(many.0) programs at once", many.1, "one program", one.1, add)
        }
        let picture = chart(
            sizes: sizes.indices.map { index in
                .init(
                    label: sizes[index].name,
                    values: [costs[index].frame, costs[index].copy, shared[index]].map { $0 / 1000 })
            },
            readers: readers.map { .init(label: "\($0.0)", values: [$0.1 / 1000, nil, nil]) })
        try Files.write(Array(picture.svg().content.utf8), to: "\(Workspace.root)/\(path)")
        print("written: \(path)")
    }

    private static func addRow(
        _ name: String, _ value: Double, _ referenceName: String, _ reference: Double, _ add: (Row) -> Void
    ) {
        add(
            Row(
                name: name, unit: .nanoseconds, value: value, reference: reference, referenceName: referenceName,
                target: nil))
    }

    private static func chart(sizes: [BarChart.Row], readers: [BarChart.Row]) -> BarChart {
        BarChart(
            title: "What a frame costs on its way from one process to another",
            subtitle: ["CPU time of both processes, NV12 that nobody paints or reads."],
            series: [
                .init(name: "this library"), .init(name: "a memcpy of the frame"),
                .init(name: "GStreamer: fakesrc, shmsink to shmsrc, fakesink"),
            ],
            panels: [
                .init(title: "By size", unit: "µs a frame", decimals: 1, rows: sizes),
                .init(
                    title: "4K, by the number of programs at once",
                    unit: "µs for each frame that one of them gets; each has its own camera", decimals: 1,
                    rows: readers),
            ])
    }
}
