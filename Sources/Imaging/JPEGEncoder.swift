import CTurboJPEG
import CYUV
import PixelFormats

/// A kept compressor: pictures to JPEG with 4:2:0 chroma.
@safe final class JPEGEncoder {
    private let handle: tjhandle
    private let quality: Int
    /// The picture in full range, as JPEG wants it.
    private let full: I420Picture
    /// The library writes without a check up to the largest size a picture can have, so not into a caller's buffer.
    @unsafe private let scratch: UnsafeMutablePointer<UInt8>
    private let scratchSize: Int

    init(size: FrameSize, quality: Int) throws(ImagingError) {
        let bound = tjBufSize(Int32(size.width), Int32(size.height), Int32(TJSAMP_420.rawValue))
        guard let handle = unsafe tjInitCompress(), bound != UInt.max else {
            throw ImagingError("no JPEG compressor: out of memory")
        }
        unsafe self.handle = handle
        self.quality = min(max(quality, 1), 100)
        full = I420Picture(size: size)
        scratchSize = Int(bound)
        unsafe scratch = UnsafeMutablePointer.allocate(capacity: scratchSize)
    }

    deinit {
        unsafe tjDestroy(handle)
        unsafe scratch.deallocate()
    }

    /// Compresses a picture into a buffer and gives the length. A picture that doesn't fit is compressed again,
    /// at ever lower quality; an error if it doesn't fit at the lowest.
    func encode(_ picture: I420Picture, into buffer: UnsafeMutableRawBufferPointer) throws(ImagingError) -> Int {
        try unsafe encode(picture) { (data: UnsafeRawBufferPointer) throws(ImagingError) -> Int? in
            guard data.count <= buffer.count else { return nil }
            unsafe buffer.copyMemory(from: data)
            return data.count
        }
    }

    /// Compresses a picture and hands the data over, for the time of the call. `accept` answers nil to ask for
    /// a smaller one.
    func encode<Result>(
        _ picture: I420Picture, accept: (UnsafeRawBufferPointer) throws(ImagingError) -> Result?
    ) throws(ImagingError) -> Result {
        QuantizationRange.expand(picture, to: full)
        repeatEdges()
        var quality = quality
        while quality > 0 {
            let length = try compress(quality: quality)
            if let result = try unsafe accept(UnsafeRawBufferPointer(start: scratch, count: length)) { return result }
            quality = quality > 10 ? quality - 10 : quality - 1
        }
        throw ImagingError("a JPEG picture of \(picture.size) doesn't fit into the buffer")
    }

    /// The library takes luma in whole pairs of columns and lines: it sees the last one twice if their number is odd.
    private func repeatEdges() {
        let (width, height, stride) = (full.width, full.height, full.lumaStride)
        if width % 2 == 1 {
            for row in 0..<height { unsafe full.luma[row * stride + width] = full.luma[row * stride + width - 1] }
        }
        if height % 2 == 1 {
            let last = unsafe full.luma + (height - 1) * stride
            unsafe (last + stride).update(from: last, count: stride)
        }
    }

    private func compress(quality: Int) throws(ImagingError) -> Int {
        var planes: InlineArray<3, UnsafePointer<UInt8>?> = unsafe [
            UnsafePointer(full.luma), UnsafePointer(full.blueDifference), UnsafePointer(full.redDifference),
        ]
        let strides: InlineArray<3, Int32> = [
            Int32(full.lumaStride), Int32(full.chromaStride), Int32(full.chromaStride),
        ]
        var target: UnsafeMutablePointer<UInt8>? = unsafe scratch
        var length = UInt(scratchSize)
        var planeSpan = unsafe planes.mutableSpan
        let result = unsafe planeSpan.withUnsafeMutableBufferPointer { planes in
            unsafe strides.span.withUnsafeBufferPointer { strides in
                unsafe tjCompressFromYUVPlanes(
                    handle, planes.baseAddress, Int32(full.width), strides.baseAddress, Int32(full.height),
                    Int32(TJSAMP_420.rawValue), &target, &length, Int32(quality), TJFLAG_NOREALLOC | TJFLAG_FASTDCT)
            }
        }
        guard result == 0 else { throw unsafe ImagingError("JPEG compression failed: \(JPEGDecoder.reason(handle))") }
        return Int(length)
    }
}
