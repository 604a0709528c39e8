public import Imaging
import LinuxSystem
public import PixelFormats
import SystemPackage

/// Pictures from anything that the program ffmpeg reads: it decodes in a process of its own, which is ended with
/// this source.
public final class FFmpegSource: PictureSource {
    private let path: String
    private var child: ChildProcess
    private let messages: OwnedDescriptor
    private let reader: Y4MReader
    private var scaled: ScaledPicture

    /// Starts ffmpeg, and waits for the first bytes of its output.
    /// - Parameters:
    ///   - path: a file, or another input that ffmpeg knows, such as an address.
    ///   - loops: whether the end is followed by the beginning.
    ///   - program: the name or path of ffmpeg.
    ///
    /// Fails if there is no ffmpeg, or with the first line that it complains with.
    public init(path: String, loops: Bool = false, program: String = "ffmpeg") throws(PictureSourceError) {
        self.path = path
        let output: OwnedDescriptor
        do throws(Errno) {
            let pipe = try Pipe.create()
            // A memory file takes all complaints and never fills up, so that nobody has to read meanwhile.
            messages = try MemoryFile.create(name: "ffmpeg-messages", size: 0, seals: []).intoDescriptor()
            child = try ChildProcess.spawn(
                program, arguments: Self.arguments(path, loops: loops), standardInput: .null,
                standardOutput: .descriptor(pipe.write.raw), standardError: .descriptor(messages.raw))
            output = pipe.intoRead()
        } catch {
            throw error == .noSuchFileOrDirectory
                ? PictureSourceError("\(path) needs the program \(program), which isn't installed; or give a Y4M file")
                : PictureSourceError("\(program) can't be started: \(error)")
        }
        do {
            reader = try Y4MReader(output, name: path)
        } catch {
            _ = try? child.wait()
            throw Self.complaint(path, messages) ?? error
        }
        scaled = ScaledPicture(nativeSize: reader.header.size)
    }

    static func arguments(_ path: String, loops: Bool) -> [String] {
        ["-nostdin", "-v", "error"] + (loops ? ["-stream_loop", "-1"] : [])
            + ["-i", path, "-map", "0:v:0", "-f", "yuv4mpegpipe", "-pix_fmt", "yuv420p", "-"]
    }

    public var nativeSize: FrameSize? { reader.header.size }
    public var nativeInterval: Rational? { reader.header.rate?.inverse }

    public func next(
        frameNumber: UInt32, milliseconds: UInt32, into picture: I420Picture
    ) throws(PictureSourceError) -> Bool {
        do {
            if try scaled.read(reader, into: picture) { return true }
        } catch {
            // Its output was bad, so it may still be waiting for somebody to take more of it.
            try? child.send(signal: SignalNumber.kill)
            _ = try? child.wait()
            throw Self.complaint(path, messages) ?? error
        }
        // The end of the output is the end of the file only if ffmpeg thinks so too.
        if let status = try? child.wait(), status != .exited(0) {
            throw Self.complaint(path, messages) ?? PictureSourceError("\(path): ffmpeg ended with \(status)")
        }
        return false
    }

    /// The first line that ffmpeg wrote to its standard error.
    private static func complaint(_ path: String, _ messages: borrowing OwnedDescriptor) -> PictureSourceError? {
        // The file's position is where ffmpeg stopped writing: opened anew, it is read from the start.
        guard let bytes = try? messages.reopen(readOnly: true).readToEnd(limit: 1 << 20),
            let line = bytes.split(separator: UInt8(ascii: "\n")).first
        else { return nil }
        return PictureSourceError("\(path) can't be played: ffmpeg says: \(String(decoding: line, as: UTF8.self))")
    }
}
