import ProgramSupport
import Testing

/// What a program shows on a display, and what the display recorded of it.
struct ShownRecording {
    /// Displays of these tests: as the cameras' (`ProgramRecording`).
    static let display = "display:size=320x240,fps=60"
    /// Shows every frame at once.
    static let onDemand = "display:size=320x240,fps=60,pace=ondemand"
    /// A camera that makes every frame that it is asked for.
    static let camera = ProgramRecording.camera + ",pace=ondemand"

    let recording: Recording

    /// The option that makes a workspace's display keep what it shows.
    static func recorded(_ workspace: Workspace) -> String { ",y4m=\(workspace.file("shown.y4m"))" }

    /// Makes "feed.raw": frames of a camera of ours, each with its number.
    static func feed(_ workspace: Workspace, frames: Int, format: String = "YUYV", mplane: Bool = false) throws {
        let outcome = try workspace.underCamera(
            "pattern,size=320x240,fps=60,pace=ondemand,format=\(format)" + (mplane ? ",mplane" : ""),
            ["v4l2-ctl", "--stream-mmap=4", "--stream-count=\(frames)", "--stream-to=\(workspace.file("feed.raw"))"])
        try #require(outcome.status == 0, "\(outcome.text)")
    }

    /// Reads the recording of a program that has succeeded.
    init(_ workspace: Workspace, _ outcome: Outcome) throws {
        try #require(outcome.status == 0, "\(outcome.text)\n\(workspace.text("server.log"))")
        recording = try workspace.inspect("shown.y4m")
    }

    /// Every frame was shown, one after the other, and whole.
    func expectAll(_ frames: Int, _ location: SourceLocation = #_sourceLocation) {
        #expect(recording.frames == frames, "\(recording)", sourceLocation: location)
        #expect(recording.isConsecutive, "\(recording)", sourceLocation: location)
    }

    /// Of a live display: what was queued when the stream ended was never shown.
    func expectAllBut(_ queued: Int, of frames: Int, _ location: SourceLocation = #_sourceLocation) {
        #expect((frames - queued...frames).contains(recording.frames), "\(recording)", sourceLocation: location)
        #expect(recording.isConsecutive, "\(recording)", sourceLocation: location)
    }
}
