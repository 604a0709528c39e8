import Imaging
import LinuxSystem
import PixelFormats

/// A file of raw frames, one after the other, as `v4l2-ctl --stream-to` and ffmpeg's rawvideo write them.
final class RawRecording {
    private let file: OwnedDescriptor
    private let reader: FrameReader
    private var buffer: [UInt8]
    /// Lengths of the frame's planes, which follow each other without a gap.
    private let lengths: [Int]
    /// Bytes at the end of the file that are no whole frame; they count once the end is reached.
    private(set) var remainder = 0

    /// - Throws: `CommandFailure`: 64 for a format that can't be read raw, 66 for a file that can't.
    init(_ path: String, format: VideoFormat) throws(CommandFailure) {
        guard format.fourCC != .mjpg else {
            throw .usage("frames of MJPG have no fixed length; leave out --format, so that ffmpeg reads the file")
        }
        do { reader = try FrameReader(format: format) } catch { throw .usage("\(error)") }
        lengths = (0..<format.planeCount).map { Int(format.planes[$0].sizeImage) }
        buffer = [UInt8](repeating: 0, count: lengths.reduce(0, +))
        file = try Self.open(path)
    }

    private static func open(_ path: String) throws(CommandFailure) -> OwnedDescriptor {
        do { return try Files.open(path, .readOnly) } catch {
            throw .input("can't read '\(path)': \(error); check the path")
        }
    }

    /// Reads the next frame; false at the end.
    func next(into picture: I420Picture) throws -> Bool {
        guard try fill() else { return false }
        let lengths = lengths
        let reader = reader
        try unsafe buffer.withUnsafeMutableBytes { bytes in
            var planes = unsafe FramePlanes()
            var start = 0
            for length in lengths {
                unsafe planes.append(UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + length)]))
                start += length
            }
            try unsafe reader.read(planes, into: picture)
        }
        return true
    }

    private func fill() throws -> Bool {
        var filled = 0
        while filled < buffer.count {
            let count = try unsafe buffer.withUnsafeMutableBytes { bytes throws(Errno) in
                unsafe try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[filled...]))
            }
            guard count > 0 else {
                remainder = filled
                return false
            }
            filled += count
        }
        return true
    }
}
