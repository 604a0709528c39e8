import ProgramSupport
import Testing

extension ProgramTests {
    /// From a camera of ours to a display of ours, through programs that share buffers between the two.
    @Suite struct SharingTests {
        private func pass(
            _ workspace: Workspace, _ options: String = "", format: String = "YUYV", in place: Place = .here,
            _ words: [String]
        ) throws -> Outcome {
            let device = "size=320x240,fps=60,pace=ondemand,format=\(format)\(options)"
            return try workspace.underDevices(
                [
                    "--camera", "pattern,\(device)", "--display",
                    "display:\(device)" + ShownRecording.recorded(workspace),
                ],
                in: place, variables: ["GST_REGISTRY_FORK": "no"], words)
        }

        /// The memory type of a device's stream, as the server's log has it.
        private func memory(_ workspace: Workspace, node: Int) -> String? {
            let line = workspace.text("server.log").split(separator: "\n").first {
                $0.contains("stream ended") && $0.contains(" node=\(node) ")
            }
            let word = line?.split(separator: " ").first { $0.hasPrefix("memory=") }
            return word.map { String($0.dropFirst(7)) }
        }

        /// The display imports what the camera exports, and the other way round.
        @Test(arguments: [("mmap", "dmabuf"), ("dmabuf", "mmap")], Place.allCases)
        func v4l2ctl(_ memories: (String, String), _ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try pass(
                workspace, in: place,
                [
                    "v4l2-ctl", "-d", "/dev/video0", "-e", "/dev/video1", "--stream-\(memories.0)",
                    "--stream-out-\(memories.1)", "--stream-count=120",
                ])
            try ShownRecording(workspace, outcome).expectAll(120)
            #expect(memory(workspace, node: 0) == memories.0.uppercased())
            #expect(memory(workspace, node: 1) == memories.1.uppercased())
            #expect(workspace.counter("copies") == 0)
        }

        /// One plane: of several, this program names the first one's descriptor only. See `ComplianceTests`.
        @Test func v4l2ctlMultiPlanar() throws {
            let workspace = try Workspace()
            let outcome = try pass(
                workspace, ",mplane",
                [
                    "v4l2-ctl", "-d", "/dev/video0", "-e", "/dev/video1", "--stream-mmap", "--stream-out-dmabuf",
                    "--stream-count=60",
                ])
            try ShownRecording(workspace, outcome).expectAll(60)
            #expect(memory(workspace, node: 1) == "DMABUF")
        }

        /// Who makes the buffers, and who takes the other's.
        struct Modes: Sendable, CustomStringConvertible {
            let source: String
            let sink: String
            let memories: [String]
            var description: String { "\(source) to \(sink)" }
        }

        static let modes = [
            Modes(source: "dmabuf", sink: "dmabuf", memories: ["MMAP", "MMAP"]),
            Modes(source: "dmabuf", sink: "dmabuf-import", memories: ["MMAP", "DMABUF"]),
            Modes(source: "dmabuf-import", sink: "dmabuf", memories: ["DMABUF", "MMAP"]),
            Modes(source: "userptr", sink: "mmap", memories: ["USERPTR", "MMAP"]),
        ]

        @Test(arguments: modes, Place.allCases)
        func gstreamer(_ modes: Modes, _ place: Place) throws {
            let workspace = try Workspace()
            let outcome = try pass(
                workspace, in: place,
                [
                    "gst-launch-1.0", "-q", "v4l2src", "device=/dev/video0", "io-mode=\(modes.source)",
                    "num-buffers=120", "!", "video/x-raw,format=YUY2,width=320,height=240", "!", "v4l2sink",
                    "device=/dev/video1", "io-mode=\(modes.sink)", "sync=false", "show-preroll-frame=false",
                ])
            try ShownRecording(workspace, outcome).expectAll(120)
            #expect([memory(workspace, node: 0), memory(workspace, node: 1)] == modes.memories)
            if !modes.memories.contains("USERPTR") { #expect(workspace.counter("copies") == 0) }
        }

        /// Compressed frames, whose length differs.
        @Test func gstreamerMotionJPEG() throws {
            let workspace = try Workspace()
            let outcome = try pass(
                workspace, format: "MJPG",
                [
                    "gst-launch-1.0", "-q", "v4l2src", "device=/dev/video0", "num-buffers=60", "!",
                    "image/jpeg,width=320,height=240", "!", "v4l2sink", "device=/dev/video1", "sync=false",
                    "show-preroll-frame=false",
                ])
            try ShownRecording(workspace, outcome).expectAll(60)
        }
    }
}
