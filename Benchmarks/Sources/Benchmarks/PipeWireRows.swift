import LinuxSystem
import ProgramSupport

/// Painted frames of 3840x2160 NV12 to another process, beside PipeWire and its V4L2 library: the same program takes
/// them. Only where PipeWire is installed, which is a daemon and a session manager.
enum PipeWireRows {
    private static let tools = ["pipewire", "wireplumber", "pw-cli", "pw-v4l2", "dbus-run-session", "gst-launch-1.0"]
    /// Few enough: pipewiresink 0.3.65 stands still after some thousand.
    private static let frames = 200

    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        let missing = try tools.filter { try programs.workspace.run(["sh", "-c", "command -v \($0)"]).status != 0 }
        let plugin = try programs.workspace.run(["gst-inspect-1.0", "pipewiresink"]).status == 0
        guard missing.isEmpty, plugin else {
            let names = missing + (plugin ? [] : ["GStreamer's pipewiresink"])
            print("  not measured here, without \(names.joined(separator: ", ")): the row beside PipeWire")
            return
        }
        let rate = try programs.compile("rate")
        let size = PictureSize.ultraHD
        var server = try programs.server(["pattern,size=\(size.width)x\(size.height),format=NV12,pace=ondemand"])
        let medians = try Rounds.compare(
            3, reference: { try pipeWire(programs, rate, size) },
            subject: {
                try programs.figures([rate, "--frames=\(frames)"], variables: server.variables)["rate"] ?? .nan
            })
        _ = try server.stop()
        add(
            Row(
                name: "painted frames of 4K NV12 to another process", unit: .framesPerSecond, value: medians.value,
                reference: medians.reference, referenceName: "videotestsrc's black through PipeWire, pw-v4l2",
                target: .atLeast(1)))
    }

    /// Frames a second. A source that stood still is tried again.
    private static func pipeWire(_ programs: Programs, _ rate: String, _ size: PictureSize) throws -> Double {
        var said = ""
        for attempt in 0..<4 {
            let folder = programs.workspace.file("pipewire-\(MonotonicTime.now().nanoseconds)-\(attempt)")
            try Files.makeDirectory(folder, mode: 0o700)
            let outcome = try programs.workspace.run([
                "timeout", "20", "\(Workspace.root)/Benchmarks/Programs/pipewire.sh", folder, "\(size.width)",
                "\(size.height)", rate, "--frames=\(frames)",
            ])
            let figure = outcome.output.split(separator: "\n").last?.split(separator: "=").last.flatMap { Double($0) }
            if outcome.status == 0, let figure { return figure }
            said = outcome.text
        }
        throw BenchmarkFailure(description: "PipeWire gave no frames in four attempts: \(said)")
    }
}
