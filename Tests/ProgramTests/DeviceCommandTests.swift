import ProgramSupport
import Testing

extension ProgramTests {
    /// The commands that need a device.
    @Suite struct DeviceCommandTests {
        @Test func listShowsDevices() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                "pattern,name=Left eye,size=640x480,fps=25,format=NV12", [workspace.vb2, "list"])
            #expect(outcome.status == 0, "\(outcome.text)")
            for text in ["/dev/video0", "Left eye", "free", "NV12 640x480", "25 frames/s", "48x32 to 3840x2160"] {
                #expect(outcome.output.contains(text), "no '\(text)' in \(outcome.text)")
            }
        }

        @Test func captureToVideo() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand",
                [workspace.vb2, "capture", "-o", workspace.file("a.y4m"), "--count", "60"])
            #expect(outcome.output.contains("60 frames, 0 lost"), "\(outcome.text)")
            try ProgramRecording(workspace, outcome, "a.y4m", format: nil).expectOnDemand(frames: 60)
        }

        @Test(arguments: ["a.png", "a.jpg"])
        func captureToPicture(_ name: String) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera, [workspace.vb2, "capture", "-o", workspace.file(name), "--count", "3"])
            try ProgramRecording(workspace, outcome, name, format: nil).expectLive(frames: 1)
        }

        @Test func captureFromAMultiPlanarCamera() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                "pattern,size=320x240,mplane,format=YM12,pace=ondemand",
                [workspace.vb2, "capture", "-o", workspace.file("a.y4m"), "--count", "10"])
            try ProgramRecording(workspace, outcome, "a.y4m", format: nil).expectOnDemand(frames: 10)
        }

        @Test func captureOfAFormatThatIsNot() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                "pattern", [workspace.vb2, "capture", "-o", workspace.file("a.png"), "--size", "9999x9999"])
            #expect(outcome.status == 64, "\(outcome.text)")
            #expect(outcome.error.contains("the nearest is"), "\(outcome.text)")
        }
    }
}
