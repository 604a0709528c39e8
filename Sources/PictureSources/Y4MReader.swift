public import Imaging
public import LinuxSystem
import PixelFormats

/// Reads frames from a Y4M stream: a file, a pipe, or what a program writes.
///
/// After the header, no frame allocates anything.
public final class Y4MReader {
    public let header: Y4MHeader
    /// Frames read so far.
    public private(set) var frameCount = 0
    private var input: ByteReader
    private var frame: [UInt8]

    /// Reads the header; waits for it if the stream is a pipe.
    /// - Parameter name: what messages call the stream, usually its path.
    public init(_ input: consuming OwnedDescriptor, name: String) throws(PictureSourceError) {
        var input = ByteReader(input, name: name)
        guard let line = try input.line(limit: 1024) else { throw PictureSourceError("\(name) is empty") }
        do { header = try Y4MHeader(line: line) } catch { throw PictureSourceError("\(name), line 1: \(error)") }
        frame = [UInt8](repeating: 0, count: header.frameBytes)
        self.input = input
    }

    /// Reads the next frame into a picture of the stream's own size; false at the end, which is where the next frame
    /// would begin. A stream that ends within a frame is an error.
    public func next(into picture: I420Picture) throws(PictureSourceError) -> Bool {
        let start = input.position
        guard try frameLine(start) else { return false }
        let count = try input.fill(&frame)
        guard count == frame.count else {
            throw PictureSourceError(
                "\(input.name) ends within frame \(frameCount) (at byte \(input.position), "
                    + "\(frame.count - count) bytes missing): the file is cut off")
        }
        let layout: PlanarSampling =
            switch header.chroma {
            case .c420: .c420
            case .c422: .c422
            case .c444: .c444
            case .mono: .mono
            }
        unsafe picture.load(planes: frame.span.bytes, sampling: layout, fullRange: header.fullRange)
        frameCount += 1
        return true
    }

    /// Takes the line before a frame: FRAME, and perhaps parameters, which are ignored.
    private func frameLine(_ start: Int) throws(PictureSourceError) -> Bool {
        let word: InlineArray<5, UInt8> = [0x46, 0x52, 0x41, 0x4d, 0x45]  // FRAME
        for index in word.indices {
            guard let byte = try input.byte() else {
                if index == 0 { return false }
                throw PictureSourceError("\(input.name) ends at byte \(input.position), within a frame's first line")
            }
            guard byte == word[index] else {
                throw PictureSourceError(
                    "\(input.name), byte \(start): FRAME expected before frame \(frameCount); "
                        + "the file is damaged, or its header says a wrong size")
            }
        }
        for _ in 0..<1024 {
            guard let byte = try input.byte() else {
                throw PictureSourceError("\(input.name) ends at byte \(input.position), within a frame's first line")
            }
            if byte == UInt8(ascii: "\n") { return true }
        }
        throw PictureSourceError("\(input.name), byte \(start): the line before frame \(frameCount) never ends")
    }
}
