import LinuxSystem
import ProgramSupport

/// GStreamer's shared memory: `... ! shmsink` in one process, `shmsrc ! fakesink` in another.
struct SharedMemorySink {
    let workspace: Workspace
    let source: [String]
    private let frameBytes: Int

    /// Frames in memory of the source's own, which nobody fills: shmsink copies each.
    init(_ workspace: Workspace, unfilled size: PictureSize) {
        self.init(
            workspace, ["fakesrc", "sizetype=fixed", "sizemax=\(size.bytes)", "filltype=nothing"], size)
    }

    /// Frames in memory of shmsink's pool: no copy. The nearest to a source that does nothing and takes memory from
    /// shmsink; it paints black.
    init(_ workspace: Workspace, painted size: PictureSize) {
        self.init(
            workspace,
            [
                "videotestsrc", "pattern=black", "!",
                "video/x-raw,format=NV12,width=\(size.width),height=\(size.height)",
            ], size)
    }

    private init(_ workspace: Workspace, _ source: [String], _ size: PictureSize) {
        self.workspace = workspace
        self.source = source
        frameBytes = size.bytes
    }

    /// Frames a second.
    func rate() throws -> Double {
        let frames = 300
        return Double(frames) * 1e9 / (try net(frames) { Double(MonotonicTime.now().nanoseconds) })
    }

    /// CPU time of both processes for a frame, in nanoseconds.
    func cpuTime() throws -> Double {
        // As many bytes for each size, since the kernel counts in steps of 10 ms.
        let frames = 300 * PictureSize.ultraHD.bytes / frameBytes
        return try net(frames, Self.childrenTime) / Double(frames)
    }

    /// What so many frames add to a clock: what starts and ends is in both of two runs.
    private func net(_ frames: Int, _ clock: () throws -> Double) throws -> Double {
        let few = 50
        // The first one in a workspace looks for all plugins.
        if !Files.exists(workspace.file("gstreamer-registry")) { try transfer(frames: few) }
        let start = try clock()
        try transfer(frames: few)
        let middle = try clock()
        try transfer(frames: few + frames)
        return try clock() - middle - (middle - start)
    }

    /// CPU time of all children that have ended, in nanoseconds.
    private static func childrenTime() throws -> Double {
        let text = String(decoding: try Files.read("/proc/self/stat"), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { throw BenchmarkFailure(description: "/proc/self/stat") }
        // After the name: the state is the third field, and those of the children the 16th and 17th.
        let ticks = text[end...].split(separator: " ").dropFirst(14).prefix(2).compactMap { Double($0) }
        return ticks.reduce(0, +) * 1e7
    }

    private func transfer(frames: Int) throws {
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
        // It would go on for ever. Killed, it would leave its memory in /dev/shm.
        try sender.sendToProgram(SignalNumber.interrupt)
        _ = try sender.outcome()
        guard outcome.status == 0 else { throw BenchmarkFailure(description: "shmsrc: \(outcome.text)") }
    }
}
