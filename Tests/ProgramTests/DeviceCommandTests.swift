import LinuxSystem
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

        @Test func listShowsDisplays() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underDevices(
                ["--display", "display:name=Wall", "--display", "display:mplane,format=NM12"],
                [workspace.vb2, "list"])
            #expect(outcome.status == 0, "\(outcome.text)")
            for text in ["/dev/video0  Wall  (output, free)", "YUYV 640x480", "NM12 640x480"] {
                #expect(outcome.output.contains(text), "no '\(text)' in \(outcome.text)")
            }
        }

        /// A program that streams asks, as it were, who holds what.
        @Test func infoShowsBuffers() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underDevices(
                ["--budget", "8M", "--camera", "pattern,size=320x240,format=YUYV,pace=ondemand"],
                [
                    "sh", "-c",
                    "v4l2-ctl --stream-mmap=3 --stream-count=100000000 --stream-to=/dev/null & "
                        + "while ! \(workspace.vb2) info --buffers | grep -q 'cap-0-2-0 .* shared'; do :; done; "
                        + "\(workspace.vb2) info; kill $!",
                ])
            for text in ["cap-0-0-0  152 KiB", "evictable", "process/askAtMap", "3 buffers, 456 KiB"] {
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

        /// A file that is played once: each of its frames, then the end, for us and for others.
        @Test func fileEnds() throws {
            let workspace = try Workspace()
            let clip = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand",
                [workspace.vb2, "capture", "-o", workspace.file("clip.y4m"), "--count", "25"])
            try #require(clip.status == 0, "\(clip.text)")
            let camera = "file:\(workspace.file("clip.y4m")),once,format=YUYV"
            let ours = try workspace.underCamera(
                camera, [workspace.vb2, "capture", "-o", workspace.file("a.y4m"), "--count", "1000"])
            try ProgramRecording(workspace, ours, "a.y4m", format: nil).expectLive(frames: 25)
            let other = try workspace.underCamera(
                camera, ["v4l2-ctl", "--stream-mmap", "--stream-to=\(workspace.file("a.raw"))"])
            try ProgramRecording(workspace, other, "a.raw").expectLive(frames: 25)
        }

        @Test func doctorKnowsRealPrograms() throws {
            let workspace = try Workspace()
            let yes = try workspace.vb2(["doctor", "v4l2-ctl"])
            #expect(yes.status == 0, "\(yes.text)")
            #expect(yes.output.contains("v4l2-ctl: yes"), "\(yes.text)")
            let no = try workspace.vb2(["doctor", "passwd"])
            #expect(no.status == 1, "\(no.text)")
            #expect(no.output.contains("setuid"), "\(no.text)")
        }

        /// Another command with the same directory is refused; after a killed one, its sockets are taken over.
        @Test func oneServerPerDirectory() throws {
            let workspace = try Workspace()
            let serve = [workspace.vb2, "serve", "--directory", workspace.file("sockets")]
            var first = try RunningProgram(workspace, "first", serve)
            try first.wait(for: "LD_PRELOAD", in: "first.out")
            let refused = try workspace.run(serve, seconds: 10)
            #expect(refused.status == 71, "\(refused.text)")
            #expect(refused.errorLines.count == 1, "\(refused.text)")
            try first.sendToProgram(SignalNumber.kill)
            _ = try first.outcome()
            var second = try RunningProgram(workspace, "second", serve)
            try second.wait(for: "LD_PRELOAD", in: "second.out")
            try second.send(SignalNumber.terminate)
            #expect(try second.outcome().status == 0)
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
