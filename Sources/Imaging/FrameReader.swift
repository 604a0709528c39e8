import CYUV
public import PixelFormats

/// Reads frames of one format from memory that somebody else owns, into pictures. The counterpart of `FrameWriter`.
@safe public final class FrameReader {
    public let format: VideoFormat
    private let jpeg: JPEGDecoder?
    /// For NV16: one line of chroma, the average of two.
    private var pair: [UInt8]

    /// Fails if the format isn't one of `PixelFormat.all`.
    public init(format: VideoFormat) throws(ImagingError) {
        guard PixelFormat.find(format.fourCC) != nil else {
            throw ImagingError("frames of the format \(format.fourCC) can't be read")
        }
        self.format = format
        jpeg = format.fourCC == .mjpg ? try JPEGDecoder() : nil
        pair = [UInt8](repeating: 0, count: format.fourCC == .nv16 ? Int(format.size.width) : 0)
    }

    /// Reads one frame. Chroma of formats that have more of it is averaged; GREY gives a grey picture.
    ///
    /// Fails if the picture has another size, a buffer is too short for the format's strides, or MJPG data is
    /// damaged, or isn't of the format's size.
    /// - Parameter planes: must be valid memory; it is only read, and only within its bounds. The data may come from
    ///   anywhere.
    /// - Parameter bytesUsed: for MJPG, the length of the compressed data, at most that of the buffer. By default
    ///   the whole buffer.
    public func read(
        _ planes: FramePlanes, bytesUsed: Int = .max, into picture: I420Picture
    ) throws(ImagingError) {
        guard picture.size == format.size else {
            throw ImagingError("a frame of \(format.size) can't be read as a picture of \(picture.size)")
        }
        if let jpeg {
            let data = unsafe UnsafeRawBufferPointer(planes.buffers[0])
            let used = unsafe UnsafeRawBufferPointer(rebasing: data.prefix(max(bytesUsed, 0)))
            return try unsafe jpeg.decode(used, into: picture)
        }
        guard format.fits(unsafe planes.lengths) else {
            throw ImagingError("the buffers are too short for a frame of \(format)")
        }
        guard let one = unsafe address(planes, .luma),
            let two = unsafe address(planes, .blueDifference),
            let three = unsafe address(planes, .redDifference)
        else { throw ImagingError("a buffer of \(format) has no memory") }
        unsafe convert(one, two, three, into: picture)
    }

    /// Where a planar format's component begins; for others the start of the frame.
    private func address(_ planes: FramePlanes, _ component: ColourComponent) -> UnsafePointer<UInt8>? {
        let packed = format.fourCC == .yuyv || format.fourCC == .uyvy
        let place = packed ? nil : format.location(of: component)
        return unsafe UnsafePointer(planes.address(plane: place?.plane ?? 0, offset: place?.offset ?? 0))
    }

    private func convert(
        _ one: UnsafePointer<UInt8>, _ two: UnsafePointer<UInt8>, _ three: UnsafePointer<UInt8>,
        into picture: I420Picture
    ) {
        let (y, u, v) = unsafe (picture.luma, picture.blueDifference, picture.redDifference)
        let (lumaStride, chromaStride) = (Int32(picture.lumaStride), Int32(picture.chromaStride))
        let (width, height) = (Int32(picture.width), Int32(picture.height))
        let stride = Int32(format.planes[0].bytesPerLine)
        let chroma = Int32(format.location(of: .blueDifference)?.stride ?? 0)
        switch format.fourCC {
        case .yuyv:
            _ = unsafe YUY2ToI420(one, stride, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        case .uyvy:
            _ = unsafe UYVYToI420(one, stride, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        case .nv12, .nv12m:
            _ = unsafe NV12ToI420(
                one, stride, two, chroma, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        case .nv21:
            _ = unsafe NV21ToI420(
                one, stride, three, chroma, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        case .nv16:
            unsafe CopyPlane(one, stride, y, lumaStride, width, height)
            unsafe readPairs(two, chroma, into: picture)
        case .yu12, .yu12m:
            let third = Int32(format.location(of: .redDifference)?.stride ?? 0)
            _ = unsafe I420Copy(
                one, stride, two, chroma, three, third, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        case .rgb3:
            _ = unsafe RAWToI420(one, stride, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        case .bgr3:
            _ = unsafe RGB24ToI420(one, stride, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        case .xr24, .ar24:
            _ = unsafe ARGBToI420(one, stride, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        default:
            _ = unsafe I400ToI420(one, stride, y, lumaStride, u, chromaStride, v, chromaStride, width, height)
        }
    }

    /// NV16's chroma, which has a line for each line of luma: pairs are averaged, then split.
    private func readPairs(_ chroma: UnsafePointer<UInt8>, _ stride: Int32, into picture: I420Picture) {
        let width = Int32(picture.width)
        unsafe pair.withUnsafeMutableBufferPointer { line in
            for row in 0..<picture.chromaHeight {
                let source = unsafe chroma + 2 * row * Int(stride)
                // 128 of 256: half of the first line, half of the second.
                unsafe InterpolatePlane(
                    source, 0, source + Int(stride), 0, line.baseAddress, 0, width, 1, 128)
                let place = row * picture.chromaStride
                unsafe SplitUVPlane(
                    line.baseAddress, 0, picture.blueDifference + place, 0, picture.redDifference + place, 0,
                    width / 2, 1)
            }
        }
    }
}
