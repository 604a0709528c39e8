import ProgramSupport
import Testing

extension ProgramTests {
    @Suite struct GStreamerTests {
        private func record(_ workspace: Workspace, _ mode: String, in place: Place, pace: String) throws -> Outcome {
            try workspace.underCamera(
                ProgramRecording.camera + ",pace=\(pace)", in: place,
                // The registry is in the workspace, and made by one process: as little as can be besides the stream.
                variables: ["GST_REGISTRY_FORK": "no"],
                [
                    "gst-launch-1.0", "-q", "v4l2src", "device=/dev/video0", "io-mode=\(mode)", "num-buffers=120", "!",
                    "video/x-raw,format=YUY2,width=320,height=240,framerate=60/1", "!", "filesink",
                    "location=\(workspace.file("a.raw"))",
                ])
        }

        @Test(arguments: ["mmap", "dmabuf"], Place.allCases)
        func live(_ mode: String, _ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try record(workspace, mode, in: place, pace: "live")
            try ProgramRecording(workspace, outcome, "a.raw").expectLive(frames: 120)
        }

        @Test(arguments: ["mmap", "dmabuf", "rw"])
        func onDemand(_ mode: String) throws {
            let workspace = try Workspace()
            let outcome = try record(workspace, mode, in: .here, pace: "ondemand")
            try ProgramRecording(workspace, outcome, "a.raw").expectOnDemand(frames: 120)
        }
    }
}
