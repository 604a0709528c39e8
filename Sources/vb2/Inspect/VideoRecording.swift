import Imaging
import LinuxSystem
import PictureSources
import PixelFormats

/// A recording that knows its own format: Y4M, or anything that ffmpeg reads.
///
/// ffmpeg gives each frame once, whatever its time: to play a file it would repeat and drop frames, so that they
/// come at a steady rate.
final class VideoRecording {
    let size: FrameSize
    private let source: any PictureSource
    /// Ended with its owner, if it hasn't by itself.
    private var decoder: ChildProcess?

    /// - Throws: `CommandFailure` (66) for a file that can't be read.
    init(_ path: String) throws(CommandFailure) {
        guard Files.exists(path) else { throw .input("there is no '\(path)'; check the path") }
        var process: ChildProcess?
        do {
            source = try Self.isY4M(path) ? Y4MSource(path: path) : Self.decoded(path, by: &process)
        } catch {
            throw .input("can't read '\(path)' as a video: \(error); check that it is one")
        }
        decoder = process
        guard let size = source.nativeSize else { throw .input("'\(path)' has no size of its own; name a video") }
        self.size = size
    }

    /// Reads the next frame; false at the end.
    func next(into picture: I420Picture) throws -> Bool {
        try source.next(frameNumber: 0, milliseconds: 0, into: picture)
    }

    /// What every Y4M stream begins with.
    private static let magic = "YUV4MPEG2"

    private static func isY4M(_ path: String) throws -> Bool {
        let file = try Files.open(path, .readOnly)
        var beginning = [UInt8](repeating: 0, count: magic.utf8.count)
        let count = try unsafe beginning.withUnsafeMutableBytes { bytes throws(Errno) in
            try unsafe file.read(into: bytes)
        }
        return count == beginning.count && beginning.elementsEqual(magic.utf8)
    }

    private static func decoded(_ path: String, by process: inout ChildProcess?) throws -> any PictureSource {
        let pipe = try Pipe.create()
        // A name that begins with a minus is no option, and one with a colon no protocol.
        process = try ChildProcess.spawn(
            "ffmpeg",
            arguments: [
                "-nostdin", "-v", "error", "-i", "file:\(path)", "-map", "0:v:0", "-fps_mode", "passthrough", "-f",
                "yuv4mpegpipe", "-pix_fmt", "yuv420p", "-",
            ], standardInput: .null, standardOutput: .descriptor(pipe.write.raw))
        let output = pipe.intoRead()
        return try Y4MSource(path: "/proc/self/fd/\(output.raw)")
    }
}
