import LinuxSystem
import ProgramSupport

/// What the library and an idle device weigh.
enum SizeRows {
    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        let library = programs.workspace.file("libVideoShim.so")
        add(
            Row(
                name: "libvb2.so", unit: .bytes, value: Double(try Files.status(library).size), reference: 200 * 1024,
                referenceName: "limit", target: .atMost(1)))
        try addStart(library, add)
        try addIdle(programs, add)
    }

    /// `/bin/true`, from spawn to its end, with the library and without.
    private static func addStart(_ library: String, _ add: (Row) -> Void) throws {
        func start(_ environment: [String: String]) throws -> Double {
            try Rounds.time(3) {
                for _ in 0..<3 {
                    var child = try ChildProcess.spawn("/bin/true", arguments: [], environment: environment)
                    _ = try child.wait()
                }
            }
        }
        let medians = try Rounds.compare(
            201, reference: { try start([:]) }, subject: { try start(["LD_PRELOAD": library]) })
        add(
            Row(
                name: "start of /bin/true: added by the library", unit: .nanoseconds,
                value: medians.value - medians.reference, reference: medians.reference, referenceName: "/bin/true",
                target: .atMost(0.3)))
    }

    /// Resident memory of a server, by the difference of a hundred cameras.
    private static func addIdle(_ programs: Programs, _ add: (Row) -> Void) throws {
        func resident(_ cameras: Int) throws -> Double {
            var server = try programs.server(Array(repeating: "pattern", count: cameras))
            let text = String(decoding: try Files.read("/proc/\(server.pid)/smaps_rollup"), as: UTF8.self)
            _ = try server.stop()
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Rss:") }),
                let kilobytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
            else { throw BenchmarkFailure(description: "no Rss in smaps_rollup") }
            return kilobytes * 1024
        }
        let medians = try Rounds.compare(3, reference: { try resident(1) }, subject: { try resident(101) })
        add(
            Row(
                name: "an idle camera in the server", unit: .bytes, value: (medians.value - medians.reference) / 100,
                reference: 64 * 1024, referenceName: "limit", target: .atMost(1)))
    }
}
