import LinuxSystem
public import PixelFormats

/// A YUV4MPEG2 file that is being written: a line of text, then for each frame a line and its planes.
public final class Y4MRecorder {
    /// The size of its frames: that of the first.
    public private(set) var size: FrameSize?

    private let file: OwnedDescriptor
    private let path: String
    private var bytes: [UInt8] = []
    /// For pictures of another size than the first.
    private var scaled: I420Picture?

    /// Makes the file, or empties the one that is there.
    public init(_ path: String) throws(ImagingError) {
        self.path = path
        do { file = try Files.open(path, .writeOnly, options: [.create, .truncate]) } catch {
            throw ImagingError("can't write '\(path)': \(error); use another path")
        }
    }

    /// Adds a picture, scaled to the size of the first if it has another.
    /// - Parameter interval: seconds from frame to frame; what is given with the first one counts.
    public func add(_ picture: I420Picture, interval: Rational) throws(ImagingError) {
        bytes.removeAll(keepingCapacity: true)
        if size == nil {
            let (width, height, rate) = (picture.width, picture.height, interval.inverse.reduced)
            bytes.append(
                contentsOf: "YUV4MPEG2 W\(width) H\(height) F\(rate.numerator):\(rate.denominator) Ip A1:1 C420jpeg\n"
                    .utf8)
            size = picture.size
        }
        let picture = fitting(picture)
        bytes.append(contentsOf: "FRAME\n".utf8)
        unsafe append(picture.luma, picture.lumaStride, picture.width, picture.height)
        unsafe append(picture.blueDifference, picture.chromaStride, picture.chromaWidth, picture.chromaHeight)
        unsafe append(picture.redDifference, picture.chromaStride, picture.chromaWidth, picture.chromaHeight)
        do { try file.writeAll(bytes) } catch {
            throw ImagingError("can't write '\(path)': \(error); make room, or use another path")
        }
    }

    private func fitting(_ picture: I420Picture) -> I420Picture {
        guard let size, picture.size != size else { return picture }
        let scaled = scaled ?? I420Picture(size: size)
        scaled.scale(from: picture)
        self.scaled = scaled
        return scaled
    }

    private func append(_ plane: UnsafeMutablePointer<UInt8>, _ stride: Int, _ width: Int, _ height: Int) {
        for row in 0..<height {
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: plane + row * stride, count: width))
        }
    }
}
