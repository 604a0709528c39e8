import ProgramSupport
import Testing

/// What a program recorded, and what the server says of the stream.
struct ProgramRecording {
    /// The cameras' rate and size in these tests: small and quick, so that two CPUs do it all at once.
    static let camera = "pattern,size=320x240,fps=60,format=YUYV"
    static let size = "320x240"

    let recording: Recording
    /// Frames that the camera left out, as no buffer was queued when they were due, or as it came too late itself.
    let leftOut: Int

    /// Reads the recording of a program that has succeeded.
    init(_ workspace: Workspace, _ outcome: Outcome, _ name: String, format: String? = "YUYV") throws {
        try #require(outcome.status == 0, "\(outcome.text)\n\(workspace.text("server.log"))")
        recording =
            if let format { try workspace.inspect(name, format: format, size: Self.size) } else {
                try workspace.inspect(name)
            }
        leftOut = (workspace.counter("starved") ?? 0) + (workspace.counter("late") ?? 0)
    }

    /// Of a live camera: every frame is whole, and every number that is missing is one that the camera left out.
    func expectLive(frames: Int, _ location: SourceLocation = #_sourceLocation) {
        #expect(recording.frames == frames, "\(recording)", sourceLocation: location)
        #expect(recording.isWhole, "\(recording)", sourceLocation: location)
        #expect(recording.missing <= leftOut, "\(recording), \(leftOut) left out", sourceLocation: location)
    }

    /// Of a camera on demand: every frame, one after the other.
    func expectOnDemand(frames: Int, _ location: SourceLocation = #_sourceLocation) {
        #expect(recording.frames == frames, "\(recording)", sourceLocation: location)
        #expect(recording.isConsecutive, "\(recording)", sourceLocation: location)
        #expect(leftOut == 0, "\(recording)", sourceLocation: location)
    }
}
