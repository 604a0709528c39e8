import LinuxSystem
import ProgramSupport
import Testing

extension ProgramTests {
    /// Programs that produce into a display of ours.
    @Suite struct DisplayTests {
        private func show(
            _ workspace: Workspace, _ display: String, in place: Place = .here, _ words: [String]
        ) throws -> Outcome {
            try workspace.underDevices(
                ["--display", display + ShownRecording.recorded(workspace)], in: place,
                variables: ["GST_REGISTRY_FORK": "no"], words)
        }

        @Test func allShowsTheDisplay() throws {
            let workspace = try Workspace()
            let outcome = try workspace.underDevices(
                ["--display", "display:name=Wall,size=640x360,fps=25"], ["v4l2-ctl", "-d", "/dev/video0", "--all"])
            #expect(outcome.status == 0, "\(outcome.text)")
            for text in ["Wall", "Video Output", "640/360", "25.000 (25/1)", "platform:vb2-display-000"] {
                #expect(outcome.output.contains(text), "no '\(text)' in \(outcome.text)")
            }
        }

        /// All kinds in one server, numbered in the order of the options.
        @Test(arguments: Place.allCases)
        func listDevices(_ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try workspace.underDevices(
                [
                    "--camera", "pattern", "--display", "display", "--camera", "pattern,mplane",
                    "--display=display:mplane",
                ],
                in: place, ["v4l2-ctl", "--list-devices"])
            #expect(outcome.status == 0, "\(outcome.text)")
            for (node, name) in ["Camera", "Display", "Camera", "Display"].enumerated() {
                let bus = "platform:vb2-\(name.lowercased())-00\(node)"
                let text = "VB2 \(name) \(node) (\(bus)):\n\t/dev/video\(node)\n"
                #expect(outcome.output.contains(text), "no '\(text)' in \(outcome.text)")
            }
        }

        // MARK: write()

        private func ffmpeg(_ workspace: Workspace) -> [String] {
            [
                "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "yuyv422",
                "-video_size", "320x240", "-framerate", "60", "-i", workspace.file("feed.raw"), "-f", "v4l2",
                "/dev/video0",
            ]
        }

        @Test(arguments: Place.allCases)
        func ffmpegWrites(_ place: Place) throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 120)
            let picture = ",png=\(workspace.file("last.png"))"
            let outcome = try show(workspace, ShownRecording.onDemand + picture, in: place, ffmpeg(workspace))
            try ShownRecording(workspace, outcome).expectAll(120)
            #expect(workspace.counter("copies") == 120)
            let last = try workspace.inspect("last.png")
            #expect(last.frames == 1 && last.isWhole, "\(last)")
        }

        @Test func ffmpegWritesLive() throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 120)
            let outcome = try show(workspace, ShownRecording.display, ffmpeg(workspace))
            try ShownRecording(workspace, outcome).expectAllBut(2, of: 120)
        }

        /// Writes that don't end where frames do.
        @Test func partialWrites() throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 60)
            let outcome = try show(
                workspace, ShownRecording.onDemand,
                [
                    "dd", "if=\(workspace.file("feed.raw"))", "of=/dev/video0", "bs=100000", "conv=notrunc",
                    "status=none",
                ])
            try ShownRecording(workspace, outcome).expectAll(60)
        }

        /// Each way to wait starts write(), and says truly when the next one would not wait.
        @Test(arguments: ["poll", "select", "epoll"])
        func waiting(_ way: String) throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 30)
            let script = """
                import os, select, fcntl, struct, errno, sys
                fd = os.open('/dev/video0', os.O_RDWR | os.O_NONBLOCK)
                p = select.poll(); p.register(fd, select.POLLOUT)
                e = select.epoll(); e.register(fd, select.EPOLLOUT)
                ways = {'poll': lambda: p.poll(5000), 'epoll': lambda: e.poll(5),
                        'select': lambda: select.select([], [fd], [], 5)[1]}
                wait = ways[sys.argv[1]]
                frames = open(sys.argv[2], 'rb').read()
                assert wait()
                try:
                    fcntl.ioctl(fd, 0xc0145608, struct.pack('5I', 2, 2, 1, 0, 0))
                    assert False, 'REQBUFS'
                except OSError as fault:
                    assert fault.errno == errno.EBUSY
                at = waits = 0
                while at < len(frames):
                    try:
                        at += os.write(fd, frames[at:at + 100000])
                    except BlockingIOError:
                        waits += 1
                        assert wait()
                assert waits > 0
                """
            let outcome = try show(
                workspace, ShownRecording.display, ["python3", "-c", script, way, workspace.file("feed.raw")])
            try ShownRecording(workspace, outcome).expectAllBut(2, of: 30)
        }

        /// What can't be read is EFAULT or EINVAL, and the frame goes on as if nothing had been.
        @Test func wrongPointers() throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 3)
            let script = """
                import ctypes, errno, os, sys
                libc = ctypes.CDLL(None, use_errno=True)
                fd = os.open('/dev/video0', os.O_RDWR)
                def fails(address, count, expected):
                    assert libc.write(fd, ctypes.c_void_p(address), ctypes.c_size_t(count)) == -1
                    assert ctypes.get_errno() == expected, ctypes.get_errno()
                frames = open(sys.argv[1], 'rb').read()
                at = 0
                while at < len(frames):
                    fails(0, 100, errno.EINVAL)
                    fails(4096, 100, errno.EFAULT)
                    fails(1 << 62, 1 << 62, errno.EFAULT)
                    at += os.write(fd, frames[at:at + 100000])
                """
            let outcome = try show(
                workspace, ShownRecording.onDemand, ["python3", "-c", script, workspace.file("feed.raw")])
            try ShownRecording(workspace, outcome).expectAll(3)
        }

        /// Once it streams, a program asks the server nothing, however many frames there are.
        @Test(arguments: ["write", "mmap"])
        func framesCostNoRequests(_ way: String) throws {
            func requests(_ frames: Int) throws -> Int {
                let workspace = try Workspace()
                try ShownRecording.feed(workspace, frames: frames)
                let outcome = try show(
                    workspace, ShownRecording.onDemand, way == "write" ? ffmpeg(workspace) : gstreamer(workspace, way))
                try ShownRecording(workspace, outcome).expectAll(frames)
                return try #require(workspace.counter("requests"))
            }
            let (few, many) = (try requests(20), try requests(220))
            #expect(many < few + 20, "\(few), \(many)")
        }

        @Test func noWriteToSeveralPlanes() throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 1)
            let words = ["dd", "if=\(workspace.file("feed.raw"))", "of=/dev/video0", "conv=notrunc", "status=none"]
            let outcome = try show(workspace, ShownRecording.onDemand + ",mplane", words)
            #expect(outcome.status == 1 && outcome.error.contains("Invalid argument"), "\(outcome.text)")
        }

        // MARK: Streaming

        @Test(arguments: ["mmap", "user"], Place.allCases)
        func v4l2ctl(_ memory: String, _ place: Place) throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 120)
            let outcome = try show(
                workspace, ShownRecording.onDemand, in: place,
                [
                    "v4l2-ctl", "--stream-out-\(memory)=4", "--stream-count=120",
                    "--stream-from=\(workspace.file("feed.raw"))",
                ])
            try ShownRecording(workspace, outcome).expectAll(120)
            #expect(workspace.counter("copies") == (memory == "user" ? 120 : 0))
        }

        @Test(arguments: ["mmap", "user"])
        func v4l2ctlLive(_ memory: String) throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 120)
            let outcome = try show(
                workspace, ShownRecording.display,
                [
                    "v4l2-ctl", "--stream-out-\(memory)=4", "--stream-poll", "--stream-count=120",
                    "--stream-from=\(workspace.file("feed.raw"))",
                ])
            try ShownRecording(workspace, outcome).expectAllBut(4, of: 120)
        }

        @Test(arguments: ["UYVY", "YU12", "RGB3", "BGR3", "XR24", "AR24", "GREY", "NV12", "NV21", "NV16"])
        func everyFormat(_ format: String) throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 20, format: format)
            let outcome = try show(
                workspace, "display:pace=ondemand",
                [
                    "v4l2-ctl", "--set-fmt-video-out=width=320,height=240,pixelformat=\(format)", "--stream-out-mmap=4",
                    "--stream-count=20", "--stream-from=\(workspace.file("feed.raw"))",
                ])
            try ShownRecording(workspace, outcome).expectAll(20)
        }

        @Test(arguments: ["YUYV", "NM12", "YM12"], ["mmap", "user"])
        func everyMultiPlanarFormat(_ format: String, _ memory: String) throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 20, format: format, mplane: true)
            let outcome = try show(
                workspace, "display:pace=ondemand,mplane",
                [
                    "v4l2-ctl", "--set-fmt-video-out=width=320,height=240,pixelformat=\(format)",
                    "--stream-out-\(memory)=4", "--stream-count=20", "--stream-from=\(workspace.file("feed.raw"))",
                ])
            try ShownRecording(workspace, outcome).expectAll(20)
        }

        private func gstreamer(_ workspace: Workspace, _ mode: String) -> [String] {
            [
                "gst-launch-1.0", "-q", "filesrc", "location=\(workspace.file("feed.raw"))", "!", "rawvideoparse",
                "format=yuy2", "width=320", "height=240", "framerate=60/1", "colorimetry=2:4:7:1", "!", "v4l2sink",
                // Else the first frame is shown twice.
                "device=/dev/video0", "io-mode=\(mode)", "sync=false", "show-preroll-frame=false",
            ]
        }

        @Test(arguments: ["mmap", "userptr"], Place.allCases)
        func gstreamer(_ mode: String, _ place: Place) throws {
            let workspace = try Workspace()
            try ShownRecording.feed(workspace, frames: 120)
            let outcome = try show(workspace, ShownRecording.onDemand, in: place, gstreamer(workspace, mode))
            try ShownRecording(workspace, outcome).expectAll(120)
            #expect(workspace.counter("copies") == (mode == "userptr" ? 120 : 0))
        }
    }
}
