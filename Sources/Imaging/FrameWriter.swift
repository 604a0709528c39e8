import CYUV
public import PixelFormats

/// Writes pictures as frames of one format, into memory that somebody else owns.
///
/// Made once per format, as the kernel's driver computes its strides at VIDIOC_S_FMT; for raw formats a
/// frame then costs one pass over its memory and no allocation. MJPG keeps its compressor and scratch memory.
@safe public final class FrameWriter {
    public let format: VideoFormat
    private let jpeg: JPEGEncoder?
    /// Where the planes of luma, blue and red difference begin; for packed formats, the first byte.
    private let first: ComponentLocation
    private let second: ComponentLocation
    private let third: ComponentLocation
    /// Lines of chroma for two lines of luma.
    private let chromaLines: Int
    /// What a line of the frame consists of; empty if compressed.
    private var parts: [LinePart] = []

    /// - Parameter jpegQuality: for MJPG, 1 (small) to 100; 95 is the most for which `VideoFormat.layout` has room.
    ///
    /// Fails if the format isn't one of `PixelFormat.all`, or its strides or sizes don't hold a frame.
    public init(format: VideoFormat, jpegQuality: Int = 85) throws(ImagingError) {
        let lengths = InlineArray<8, Int> { Int(format.planes[$0].sizeImage) }
        guard let description = PixelFormat.find(format.fourCC), format.fits(lengths) else {
            throw ImagingError("a frame of \(format) can't be laid out in the given planes")
        }
        self.format = format
        jpeg = description.isCompressed ? try JPEGEncoder(size: format.size, quality: jpegQuality) : nil
        let start = ComponentLocation(
            stride: Int(format.planes[0].bytesPerLine), step: 1, columns: 0, rows: 0)
        let planar = description.samplePlanes.count > 1
        first = planar ? format.location(of: .luma) ?? start : start
        second = planar ? format.location(of: .blueDifference) ?? start : start
        third = planar ? format.location(of: .redDifference) ?? start : start
        let chroma = description.components.first { $0.component == .blueDifference }
        chromaLines = planar && chroma?.verticalSubsampling == 2 ? 1 : 2
        for (index, plane) in description.samplePlanes.enumerated() {
            let places = description.components.filter { planar && $0.samplePlane == index }
                .compactMap { format.location(of: $0.component) }
            // Where chroma is interleaved, the line begins with the one that comes first.
            let place = places.min { $0.offset < $1.offset } ?? start
            parts.append(
                LinePart(
                    plane: place.plane, offset: place.offset, stride: place.stride,
                    bytes: Int(plane.bitsPerPixel * format.size.width / 8), lines: 2 / Int(plane.verticalSubsampling)))
        }
    }

    /// Writes one frame, and gives the bytes used per plane: all of `sizeImage` for raw formats, although the
    /// gap at the end of a line that is longer than the picture is wide isn't written.
    ///
    /// Fails if the picture has another size, a buffer is shorter than its `sizeImage` (raw), or a compressed
    /// picture doesn't fit at any quality.
    /// - Parameter planes: must be valid memory; all of it is accessed only within its bounds.
    /// - Parameter runs: lines of the picture that are the same. Of each run only the first pair is read and
    ///   converted, and then copied within the frame. For raw formats only.
    public func write(
        _ picture: I420Picture, runs: LineRuns? = nil, into planes: FramePlanes
    ) throws(ImagingError) -> BytesUsed {
        guard picture.size == format.size else {
            throw ImagingError("a picture of \(picture.size) can't be written as a frame of \(format.size)")
        }
        var used = BytesUsed(count: format.planeCount)
        if let jpeg {
            used.planes[0] = UInt32(try unsafe jpeg.encode(picture, into: planes.buffers[0]))
            return used
        }
        guard unsafe planes.count >= format.planeCount else {
            throw unsafe ImagingError("\(format.fourCC) needs \(format.planeCount) buffers, not \(planes.count)")
        }
        let lengths = unsafe planes.lengths
        for index in 0..<format.planeCount {
            guard lengths[index] >= Int(format.planes[index].sizeImage) else {
                throw ImagingError(
                    "\(format) needs \(format.planes[index].sizeImage) bytes in plane \(index), "
                        + "the buffer has \(lengths[index])")
            }
            used.planes[index] = format.planes[index].sizeImage
        }
        guard let one = unsafe planes.address(plane: first.plane, offset: first.offset),
            let two = unsafe planes.address(plane: second.plane, offset: second.offset),
            let three = unsafe planes.address(plane: third.plane, offset: third.offset)
        else { throw ImagingError("a buffer of \(format) has no memory") }
        guard let runs else {
            unsafe convert(picture, from: 0, lines: picture.height, one, two, three)
            return used
        }
        for run in runs.pairs {
            let lines = runs.lines(ofFirst: run.lowerBound)
            unsafe convert(picture, from: run.lowerBound, lines: lines, one, two, three)
            if run.count > 1 { unsafe repeatLines(of: run, planes) }
        }
        return used
    }

    /// Copies the first line of a run to all that follow its first pair.
    private func repeatLines(of run: Range<Int>, _ planes: FramePlanes) {
        for part in parts {
            guard let start = unsafe planes.address(plane: part.plane, offset: part.offset) else { continue }
            let source = unsafe start + run.lowerBound * part.lines * part.stride
            for line in part.lines..<(run.count * part.lines) {
                unsafe (source + line * part.stride).update(from: source, count: part.bytes)
            }
        }
    }

    /// Converts some lines, from the first of a pair.
    private func convert(
        _ picture: I420Picture, from pair: Int, lines: Int, _ frame: UnsafeMutablePointer<UInt8>,
        _ frameSecond: UnsafeMutablePointer<UInt8>, _ frameThird: UnsafeMutablePointer<UInt8>
    ) {
        let place = pair * picture.chromaStride
        let (y, u, v) = unsafe (
            picture.luma + 2 * pair * picture.lumaStride, picture.blueDifference + place, picture.redDifference + place
        )
        let (one, two, three) = unsafe (
            frame + 2 * pair * first.stride, frameSecond + pair * chromaLines * second.stride,
            frameThird + pair * chromaLines * third.stride
        )
        let (lumaStride, chromaStride) = (Int32(picture.lumaStride), Int32(picture.chromaStride))
        let (width, height) = (Int32(picture.width), Int32(lines))
        let (stride, chroma) = (Int32(first.stride), Int32(second.stride))
        switch format.fourCC {
        case .yuyv:
            _ = unsafe I420ToYUY2(y, lumaStride, u, chromaStride, v, chromaStride, one, stride, width, height)
        case .uyvy:
            _ = unsafe I420ToUYVY(y, lumaStride, u, chromaStride, v, chromaStride, one, stride, width, height)
        case .nv12, .nv12m:
            _ = unsafe I420ToNV12(
                y, lumaStride, u, chromaStride, v, chromaStride, one, stride, two, chroma, width, height)
        case .nv21:
            _ = unsafe I420ToNV21(
                y, lumaStride, u, chromaStride, v, chromaStride, one, stride, three, chroma, width, height)
        case .nv16:
            unsafe CopyPlane(y, lumaStride, one, stride, width, height)
            // Each line of chroma twice: once into the even lines, once into the odd ones.
            for parity in 0..<2 {
                unsafe MergeUVPlane(
                    u, chromaStride, v, chromaStride, two + parity * second.stride, 2 * chroma, width / 2, height / 2)
            }
        case .yu12, .yu12m:
            _ = unsafe I420Copy(
                y, lumaStride, u, chromaStride, v, chromaStride, one, stride, two, chroma, three,
                Int32(third.stride), width, height)
        case .rgb3:
            _ = unsafe I420ToRAW(y, lumaStride, u, chromaStride, v, chromaStride, one, stride, width, height)
        case .bgr3:
            _ = unsafe I420ToRGB24(y, lumaStride, u, chromaStride, v, chromaStride, one, stride, width, height)
        case .xr24, .ar24:
            _ = unsafe I420ToARGB(y, lumaStride, u, chromaStride, v, chromaStride, one, stride, width, height)
        default:
            unsafe CopyPlane(y, lumaStride, one, stride, width, height)
        }
    }
}

/// What one array of samples has of a frame's lines.
private struct LinePart {
    var plane: Int
    var offset: Int
    var stride: Int
    /// Of a line, without the gap after it.
    var bytes: Int
    /// For two lines of luma: 1 or 2.
    var lines: Int
}
