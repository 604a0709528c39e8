import LinuxSystem
import ProgramSupport
import Testing

extension ProgramTests {
    @Suite struct V4L2CtlTests {
        @Test(arguments: Place.allCases)
        func allShowsTheCamera(_ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                "pattern,name=Left eye,size=640x480,fps=25", in: place, ["v4l2-ctl", "-d", "/dev/video0", "--all"])
            #expect(outcome.status == 0, "\(outcome.text)")
            for text in ["Left eye", "Video Capture", "640/480", "25.000 (25/1)", "brightness"] {
                #expect(outcome.output.contains(text), "no '\(text)' in \(outcome.text)")
            }
        }

        @Test(arguments: Place.allCases)
        func listDevices(_ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                "pattern,name=Left eye", in: place, ["v4l2-ctl", "--list-devices"])
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(outcome.output.contains("Left eye"), "\(outcome.text)")
            #expect(outcome.output.contains("/dev/video0"), "\(outcome.text)")
        }

        @Test func listFormats() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera("pattern", ["v4l2-ctl", "--list-formats-ext"])
            #expect(outcome.status == 0, "\(outcome.text)")
            let formats = "YUYV UYVY YU12 RGB3 BGR3 XR24 AR24 GREY MJPG NV12 NV21 NV16"
            for format in formats.split(separator: " ") {
                #expect(outcome.output.contains("'\(format)'"), "no \(format) in \(outcome.text)")
            }
            #expect(outcome.output.contains("48x32 - 3840x2160"), "\(outcome.text)")
        }

        @Test func listMultiPlanarFormats() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera("pattern,mplane", ["v4l2-ctl", "--list-formats-ext"])
            #expect(outcome.status == 0, "\(outcome.text)")
            for format in ["NM12", "YM12"] {
                #expect(outcome.output.contains("'\(format)'"), "no \(format) in \(outcome.text)")
            }
        }

        @Test(arguments: Place.allCases)
        func mmap(_ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera, in: place,
                ["v4l2-ctl", "--stream-mmap=4", "--stream-count=300", "--stream-to=\(workspace.file("a.raw"))"])
            try ProgramRecording(workspace, outcome, "a.raw").expectLive(frames: 300)
        }

        @Test func mmapOnDemand() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand",
                ["v4l2-ctl", "--stream-mmap=4", "--stream-count=300", "--stream-to=\(workspace.file("a.raw"))"])
            try ProgramRecording(workspace, outcome, "a.raw").expectOnDemand(frames: 300)
        }

        /// Once it streams, a program asks the server nothing, however many frames there are.
        @Test func framesCostNoRequests() throws {
            func requests(_ frames: Int) throws -> Int {
                let workspace = try Workspace()
                let outcome = try workspace.underCamera(
                    ProgramRecording.camera + ",pace=ondemand",
                    ["v4l2-ctl", "--stream-mmap=4", "--stream-count=\(frames)"])
                try #require(outcome.status == 0, "\(outcome.text)")
                return try #require(workspace.counter("requests"))
            }
            #expect(try requests(1000) == requests(100))
        }

        @Test func pollOnDemand() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand",
                [
                    "v4l2-ctl", "--stream-mmap=4", "--stream-poll", "--stream-count=300",
                    "--stream-to=\(workspace.file("a.raw"))",
                ])
            try ProgramRecording(workspace, outcome, "a.raw").expectOnDemand(frames: 300)
        }

        /// The tool is told that the source has another size, makes new buffers, and goes on.
        @Test func sourceChange() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand,change=20:640x480",
                [
                    "v4l2-ctl", "--stream-mmap=4", "--stream-poll", "--stream-count=60",
                    "--stream-to=\(workspace.file("a.raw"))",
                ])
            #expect(outcome.status == 0, "\(outcome.text)")
            // Frames of the old size are 20 at most: more bytes than those have come of the new one.
            let size = try Int(Files.status(workspace.file("a.raw")).size)
            #expect(size >= 20 * 640 * 480 * 2, "\(size)")
        }

        /// The tool stops at the event, and may leave what its buffers held.
        @Test func endOfStream() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand,frames=30,eos",
                ["v4l2-ctl", "--stream-mmap=4", "--stream-poll", "--stream-to=\(workspace.file("a.raw"))"])
            let recording = try ProgramRecording(workspace, outcome, "a.raw").recording
            #expect((26...30).contains(recording.frames) && recording.isConsecutive, "\(recording)")
        }

        @Test(arguments: Place.allCases)
        func userPointers(_ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand", in: place,
                ["v4l2-ctl", "--stream-user=4", "--stream-count=120", "--stream-to=\(workspace.file("a.raw"))"])
            try ProgramRecording(workspace, outcome, "a.raw").expectOnDemand(frames: 120)
        }

        @Test(arguments: Place.allCases)
        func throughLibV4L2(_ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                ProgramRecording.camera + ",pace=ondemand", in: place,
                ["v4l2-ctl", "-w", "--stream-mmap=4", "--stream-count=120", "--stream-to=\(workspace.file("a.raw"))"])
            try ProgramRecording(workspace, outcome, "a.raw").expectOnDemand(frames: 120)
        }

        @Test(arguments: ["UYVY", "NV12", "NV21", "NV16", "YU12", "RGB3", "BGR3", "XR24", "AR24", "GREY"])
        func everyFormat(_ format: String) throws {
            try record(format, of: "pattern")
        }

        @Test(arguments: ["NM12", "YM12"])
        func everyMultiPlanarFormat(_ format: String) throws {
            try record(format, of: "pattern,mplane")
        }

        private func record(_ format: String, of camera: String) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underCamera(
                camera + ",pace=ondemand",
                [
                    "v4l2-ctl", "--set-fmt-video=width=320,height=240,pixelformat=\(format)", "--stream-mmap=4",
                    "--stream-count=20", "--stream-to=\(workspace.file("a.raw"))",
                ])
            try ProgramRecording(workspace, outcome, "a.raw", format: format).expectOnDemand(frames: 20)
        }
    }
}
