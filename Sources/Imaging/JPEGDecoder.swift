import CTurboJPEG
import CYUV
import PixelFormats

/// A kept decompressor: JPEG of 4:2:0, 4:2:2, 4:4:4, 4:4:0 or grey to pictures.
@safe final class JPEGDecoder {
    private let handle: tjhandle
    /// Memory for chroma that isn't 4:2:0, made when such a picture comes.
    private var chroma: [UInt8] = []

    init() throws(ImagingError) {
        guard let handle = unsafe tjInitDecompress() else {
            throw ImagingError("no JPEG decompressor: out of memory")
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe tjDestroy(handle)
    }

    static func reason(_ handle: tjhandle) -> String {
        guard let text = unsafe tjGetErrorStr2(handle) else { return "unknown reason" }
        return unsafe String(cString: text)
    }

    /// Decompresses one picture of the target's own size. What the library only warns of (bytes too many, an end
    /// too early) leaves a picture, and is no error: cameras send such frames.
    func decode(_ data: UnsafeRawBufferPointer, into picture: I420Picture) throws(ImagingError) {
        let bytes = unsafe data.assumingMemoryBound(to: UInt8.self)
        guard let start = bytes.baseAddress, bytes.count > 0 else {
            throw ImagingError("an empty JPEG picture")
        }
        var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        let length = UInt(bytes.count)
        guard unsafe tjDecompressHeader3(handle, start, length, &width, &height, &sampling, &space) == 0 else {
            throw unsafe ImagingError("not a JPEG picture: \(Self.reason(handle))")
        }
        guard width == picture.width, height == picture.height else {
            throw ImagingError("a JPEG picture of \(width)x\(height) instead of \(picture.size)")
        }
        switch TJSAMP(rawValue: UInt32(bitPattern: sampling)) {
        case TJSAMP_420:
            try unsafe decompress(
                start, length, picture, picture.blueDifference, picture.redDifference, picture.chromaStride)
        case TJSAMP_GRAY:
            picture.fill(luma: 16)
            try unsafe decompress(
                start, length, picture, picture.blueDifference, picture.redDifference, picture.chromaStride)
        case TJSAMP_422, TJSAMP_444, TJSAMP_440:
            try unsafe decompressWide(start, length, TJSAMP(rawValue: UInt32(bitPattern: sampling)), picture)
        default:
            throw ImagingError("a JPEG picture whose chroma sampling isn't supported")
        }
        QuantizationRange.compress(picture)
    }

    /// Chroma with more samples than the picture holds: into memory of our own, then scaled down.
    private func decompressWide(
        _ start: UnsafePointer<UInt8>, _ length: UInt, _ sampling: TJSAMP, _ picture: I420Picture
    ) throws(ImagingError) {
        let wide = sampling != TJSAMP_422
        let width = wide ? picture.width : picture.chromaWidth
        let height = sampling == TJSAMP_440 ? picture.chromaHeight : picture.height
        let stride = (width + 1) & ~1
        // The library pads a plane to whole groups of samples: one line more at most.
        let plane = stride * (height + 1)
        if chroma.count < 2 * plane { chroma = [UInt8](repeating: 128, count: 2 * plane) }
        try unsafe chroma.withUnsafeMutableBufferPointer { (memory) throws(ImagingError) in
            guard let base = memory.baseAddress else { return }
            try unsafe decompress(start, length, picture, base, base + plane, stride)
            unsafe Self.halve(base, stride, width, height, to: picture.blueDifference, of: picture)
            unsafe Self.halve(base + plane, stride, width, height, to: picture.redDifference, of: picture)
        }
    }

    private static func halve(
        _ source: UnsafeMutablePointer<UInt8>, _ stride: Int, _ width: Int, _ height: Int,
        to target: UnsafeMutablePointer<UInt8>, of picture: I420Picture
    ) {
        unsafe ScalePlane(
            source, Int32(stride), Int32(width), Int32(height), target, Int32(picture.chromaStride),
            Int32(picture.chromaWidth), Int32(picture.chromaHeight), kFilterBox)
    }

    private func decompress(
        _ start: UnsafePointer<UInt8>, _ length: UInt, _ picture: I420Picture, _ blue: UnsafeMutablePointer<UInt8>,
        _ red: UnsafeMutablePointer<UInt8>, _ chromaStride: Int
    ) throws(ImagingError) {
        var planes: InlineArray<3, UnsafeMutablePointer<UInt8>?> = unsafe [picture.luma, blue, red]
        var strides: InlineArray<3, Int32> = [Int32(picture.lumaStride), Int32(chromaStride), Int32(chromaStride)]
        var planeSpan = unsafe planes.mutableSpan
        var strideSpan = strides.mutableSpan
        let result = unsafe planeSpan.withUnsafeMutableBufferPointer { planes in
            unsafe strideSpan.withUnsafeMutableBufferPointer { strides in
                unsafe tjDecompressToYUVPlanes(
                    handle, start, length, planes.baseAddress, Int32(picture.width), strides.baseAddress,
                    Int32(picture.height), 0)
            }
        }
        guard unsafe result == 0 || tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) else {
            throw unsafe ImagingError("a damaged JPEG picture: \(Self.reason(handle))")
        }
    }
}
