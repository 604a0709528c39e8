import ProgramSupport
import Testing

extension ProgramTests {
    @Suite struct FFmpegTests {
        private func capture(_ frames: Int, _ output: [String]) -> [String] {
            [
                "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "v4l2", "-input_format",
                "yuyv422", "-video_size", "320x240", "-framerate", "60", "-i", "/dev/video0", "-frames:v", "\(frames)",
                "-fps_mode", "passthrough",
            ] + output
        }

        @Test(arguments: Place.allCases)
        func raw(_ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera, in: place, capture(120, ["-f", "rawvideo", workspace.file("a.raw")]))
            try ProgramRecording(workspace, outcome, "a.raw").expectLive(frames: 120)
        }

        @Test func rawOnDemand() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand", capture(120, ["-f", "rawvideo", workspace.file("a.raw")]))
            try ProgramRecording(workspace, outcome, "a.raw").expectOnDemand(frames: 120)
        }

        @Test func mp4() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera,
                capture(90, ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", workspace.file("a.mp4")]))
            try ProgramRecording(workspace, outcome, "a.mp4", format: nil).expectLive(frames: 90)
        }

        @Test func motionJPEG() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                "pattern,size=320x240,fps=60,format=MJPG",
                [
                    "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "v4l2", "-input_format",
                    "mjpeg", "-video_size", "320x240", "-framerate", "60", "-i", "/dev/video0", "-frames:v", "60", "-c",
                    // A bare stream has no times, by which a reader could repeat frames.
                    "copy", workspace.file("a.mjpeg"),
                ])
            try ProgramRecording(workspace, outcome, "a.mjpeg", format: nil).expectLive(frames: 60)
        }

        /// A file as a camera, decoded by a child of ours while the program records.
        @Test func clipAsCamera() throws {
            let workspace = try Workspace()
            let clip = try workspace.run([
                "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i",
                "testsrc2=size=320x240:rate=30", "-t", "2", "-c:v", "mpeg4", "-q:v", "4", workspace.file("clip.mp4"),
            ])
            try #require(clip.status == 0, "\(clip.text)")
            let outcome = try workspace.underCamera(
                "file:\(workspace.file("clip.mp4")),fps=60",
                capture(150, ["-pix_fmt", "yuv420p", "-f", "rawvideo", workspace.file("a.raw")]))
            try ProgramRecording(workspace, outcome, "a.raw", format: "YU12").expectLive(frames: 150)
        }
    }
}
