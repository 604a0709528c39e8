import Imaging
import LinuxSystem
import PixelFormats

/// A YUV4MPEG2 file: a line of text, then for each frame a line and its planes.
final class Y4MOutput: CaptureOutput {
    private let file: OwnedDescriptor
    private let path: String
    private var bytes: [UInt8] = []

    /// - Throws: `CommandFailure` (73) when the file can't be written.
    init(path: String, size: FrameSize, interval: Rational?) throws(CommandFailure) {
        self.path = path
        let rate = (interval ?? Rational(1, 30)).inverse.reduced
        do {
            file = try Files.open(path, .writeOnly, options: [.create, .truncate])
            try file.writeAll(
                "YUV4MPEG2 W\(size.width) H\(size.height) F\(rate.numerator):\(rate.denominator) Ip A1:1 C420jpeg\n")
        } catch { throw .output("can't write '\(path)': \(error); use another path") }
    }

    func add(_ picture: I420Picture) throws {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: "FRAME\n".utf8)
        unsafe append(picture.luma, picture.lumaStride, picture.width, picture.height)
        unsafe append(picture.blueDifference, picture.chromaStride, picture.chromaWidth, picture.chromaHeight)
        unsafe append(picture.redDifference, picture.chromaStride, picture.chromaWidth, picture.chromaHeight)
        do { try file.writeAll(bytes) } catch {
            throw CommandFailure.output("can't write '\(path)': \(error); make room, or use another path")
        }
    }

    func finish() {}

    private func append(_ plane: UnsafeMutablePointer<UInt8>, _ stride: Int, _ width: Int, _ height: Int) {
        for row in 0..<height {
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: plane + row * stride, count: width))
        }
    }
}
