import LinuxSystem
import ProgramSupport

/// Frames of 3840x2160 NV12 from one process to another, beside GStreamer's shared memory.
enum GStreamerRows {
    private static let frameBytes = 3840 * 2160 * 3 / 2

    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        let rate = try programs.compile("rate")
        var server = try programs.server(["pattern:none,size=3840x2160,format=NV12,pace=ondemand"])
        func ours() throws -> Double { try programs.figures([rate], variables: server.variables)["rate"] ?? .nan }
        let sources = [
            (
                "shmsink, from memory of fakesrc",
                ["fakesrc", "sizetype=fixed", "sizemax=\(frameBytes)", "filltype=nothing"], Target.atLeast(10)
            ),
            // The nearest to a source that does nothing and takes memory from shmsink: it paints black.
            (
                "shmsink, from its own pool, painted",
                [
                    "videotestsrc", "pattern=black", "!", "video/x-raw,format=NV12,width=3840,height=2160",
                ], nil
            ),
        ]
        for (name, source, target) in sources {
            let medians = try Rounds.compare(
                3, reference: { try sharedMemoryRate(programs.workspace, source) }, subject: ours)
            add(
                Row(
                    name: "frames of 4K NV12 to another process", unit: .framesPerSecond, value: medians.value,
                    reference: medians.reference, referenceName: name, target: target))
        }
        _ = try server.stop()
    }

    /// Of the frames between two lengths: what starts and ends is in both.
    private static func sharedMemoryRate(_ workspace: Workspace, _ source: [String]) throws -> Double {
        let (few, many) = (50, 350)
        let short = try Rounds.time { try transfer(workspace, source, frames: few) }
        let long = try Rounds.time { try transfer(workspace, source, frames: many) }
        return Double(many - few) * 1e9 / (long - short)
    }

    private static func transfer(_ workspace: Workspace, _ source: [String], frames: Int) throws {
        let path = workspace.file("shm")
        try? Files.remove(path)
        var sender = try RunningProgram(
            workspace, "sender",
            ["gst-launch-1.0", "-q"] + source + [
                "!", "shmsink", "socket-path=\(path)", "shm-size=\(16 * frameBytes)", "wait-for-connection=true",
                "sync=false",
            ])
        while !Files.exists(path) { try Processes.pause(milliseconds: 5) }
        var receiver = try RunningProgram(
            workspace, "receiver",
            [
                "gst-launch-1.0", "-q", "shmsrc", "socket-path=\(path)", "num-buffers=\(frames)", "!", "fakesink",
                "sync=false",
            ])
        let outcome = try receiver.outcome()
        // It would go on for ever.
        try sender.sendToProgram(SignalNumber.kill)
        _ = try sender.outcome()
        guard outcome.status == 0 else { throw BenchmarkFailure(description: "shmsrc: \(outcome.text)") }
    }
}
