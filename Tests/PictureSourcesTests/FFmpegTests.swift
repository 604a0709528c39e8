import Imaging
import LinuxSystem
import PictureSources
import PixelFormats
import Testing

struct FFmpegTests {
    /// Whether the program is there; a machine without it has less to test.
    static let installed: Bool = {
        guard
            var child = try? ChildProcess.spawn(
                "ffmpeg", arguments: ["-version"], standardOutput: .null, standardError: .null)
        else { return false }
        return (try? child.wait()) == .exited(0)
    }()

    static let size = FrameSize(width: 320, height: 240)

    /// Records stamped frames with ffmpeg, through a pipe, into a folder that is removed afterwards.
    private func withClip(_ name: String, codec: [String], _ body: (String) throws -> Void) throws {
        let folder = try Files.makeTemporaryDirectory(prefix: "ffmpeg-")
        defer { try? Files.removeTree(folder) }
        let raw = "\(folder)/clip.y4m"
        let format = try #require(VideoFormat.layout(.yu12, size: Self.size))
        let painter = try FramePainter(source: TestPatternSource(), format: format)
        let memory = FrameMemory(format)
        var stream = Array("YUV4MPEG2 W320 H240 F25:1\n".utf8)
        for number in UInt32(0)..<10 {
            _ = try unsafe painter.paint(number: number, milliseconds: number * 40, into: memory.planes)
            stream += Array("FRAME\n".utf8)
            stream += (0..<Int(format.planes[0].sizeImage)).map { memory[0, $0] }
        }
        try Files.write(stream, to: raw)
        var child = try ChildProcess.spawn(
            "ffmpeg", arguments: ["-nostdin", "-v", "error", "-i", raw] + codec + ["\(folder)/\(name)"])
        #expect(try child.wait() == .exited(0))
        try body("\(folder)/\(name)")
    }

    @Test(
        .enabled(if: installed, "ffmpeg isn't installed"),
        arguments: [("clip.mp4", ["-c:v", "mpeg4", "-q:v", "8"]), ("clip.avi", ["-c:v", "mjpeg", "-q:v", "6"])])
    func `recorded frames are read back by number`(name: String, codec: [String]) throws {
        try withClip(name, codec: codec) { path in
            let source = try PictureFile.open(path)
            #expect(source is FFmpegSource)
            #expect(source.nativeSize == Self.size)
            #expect(source.nativeInterval == Rational(1, 25))
            let picture = I420Picture(size: Self.size)
            for number in UInt32(0)..<10 {
                #expect(try source.next(frameNumber: number, milliseconds: 0, into: picture))
                #expect(picture.reading == .frame(.init(number: number, milliseconds: number * 40)))
            }
            #expect(try !source.next(frameNumber: 10, milliseconds: 0, into: picture))

            let looping = try PictureFile.open(path, loops: true)
            for number in UInt32(0)..<12 {
                #expect(try looping.next(frameNumber: number, milliseconds: 0, into: picture))
                #expect(picture.reading == .frame(.init(number: number % 10, milliseconds: number % 10 * 40)))
            }
        }
    }

    @Test(.enabled(if: installed, "ffmpeg isn't installed")) func `ffmpeg's complaint is passed on in one line`() {
        for path in ["/nonexistent/clip.mp4", "/proc/self/comm"] {
            let error = #expect(throws: PictureSourceError.self) { try PictureFile.open(path) }
            let message = error?.message ?? ""
            #expect(message.contains(path) && message.contains("ffmpeg says: "), "\(message)")
            #expect(!message.contains("\n"))
        }
    }

    @Test func `a missing ffmpeg is said so`() {
        let error = #expect(throws: PictureSourceError.self) {
            try FFmpegSource(path: "clip.mp4", program: "no-such-ffmpeg")
        }
        #expect(error?.message.contains("isn't installed") == true)
    }
}
