public import Imaging
import LinuxSystem
public import PixelFormats

/// Pictures from a Y4M file or pipe, scaled to the size that is wanted.
///
/// Each call gives the file's next frame, whatever the time: a device plays it at its own rate if it is run at
/// `nativeInterval`.
public final class Y4MSource: PictureSource {
    private var reader: Y4MReader
    private let path: String
    private let loops: Bool
    private var scaled: ScaledPicture

    /// Opens a stream and reads its header; waits for that if it is a pipe.
    /// - Parameters:
    ///   - path: a file or a named pipe; `-` for standard input.
    ///   - loops: whether the end is followed by the beginning. Only a regular file can.
    public init(path: String, loops: Bool = false) throws(PictureSourceError) {
        self.path = path
        self.loops = loops
        reader = try Self.open(path, loops: loops)
        scaled = ScaledPicture(nativeSize: reader.header.size)
    }

    public var nativeSize: FrameSize? { reader.header.size }
    public var nativeInterval: Rational? { reader.header.rate?.inverse }

    public func next(
        frameNumber: UInt32, milliseconds: UInt32, into picture: I420Picture
    ) throws(PictureSourceError) -> Bool {
        if try scaled.read(reader, into: picture) { return true }
        guard loops else { return false }
        guard reader.frameCount > 0 else { throw PictureSourceError("\(path) has no frame to repeat") }
        let again = try Self.open(path, loops: loops)
        guard again.header == reader.header else {
            throw PictureSourceError("\(path) was changed while it was played; start again")
        }
        reader = again
        return try scaled.read(reader, into: picture)
    }

    private static func open(_ path: String, loops: Bool) throws(PictureSourceError) -> Y4MReader {
        let name = path == "-" ? "standard input" : path
        let input = try file(path, name)
        let regular = (try? input.status())?.isRegular ?? false
        guard regular || !loops else {
            throw PictureSourceError("\(name) can't be repeated, as it isn't a regular file; leave looping off")
        }
        return try Y4MReader(input, name: name)
    }

    private static func file(_ path: String, _ name: String) throws(PictureSourceError) -> OwnedDescriptor {
        do { return try Files.open(path == "-" ? "/dev/stdin" : path, .readOnly) } catch {
            throw PictureSourceError("\(name) can't be opened: \(error)")
        }
    }
}

/// A picture of a stream's own size, and from it one of the size that is wanted.
struct ScaledPicture {
    private let nativeSize: FrameSize
    /// Made when it is first needed: a stream of the right size needs none.
    private var native: I420Picture?

    init(nativeSize: FrameSize) {
        self.nativeSize = nativeSize
    }

    /// Reads the stream's next frame; false at its end.
    mutating func read(_ reader: Y4MReader, into picture: I420Picture) throws(PictureSourceError) -> Bool {
        if picture.size == nativeSize { return try reader.next(into: picture) }
        let own = native ?? I420Picture(size: nativeSize)
        native = own
        guard try reader.next(into: own) else { return false }
        picture.scale(from: own)
        return true
    }
}
