import LinuxSystem

/// Runs the benchmarks, and prints their table. Times never fail anything: the exit status is 0 if all were measured.
@main
enum Main {
    private static let groups: [(name: String, run: @Sendable (SystemSettings, (Row) -> Void) throws -> Void)] = [
        ("maps", { try MapRows.run($0, $1) }),
        ("pair", { try PairRows.run($1) }),
        ("instructions", { try InstructionRows.run($1) }),
        ("server", { try ServerRows.run($1) }),
        ("frames", { try FrameRows.run($1) }),
        ("streams", { try StreamRows.run($1) }),
        ("painting", { try PaintingRows.run($1) }),
        ("gstreamer", { try GStreamerRows.run($1) }),
        ("pipewire", { try PipeWireRows.run($1) }),
        ("chart", { try CostChart.run($1) }),
        ("size", { try SizeRows.run($1) }),
    ]

    static func main() throws {
        let wanted = CommandLine.arguments.dropFirst()
        let settings = try SystemSettings()
        var table = Table()
        for group in groups where wanted.isEmpty || wanted.contains(group.name) {
            print("measuring: \(group.name)")
            try group.run(settings) { table.add($0) }
        }
        print(table.text)
    }
}
