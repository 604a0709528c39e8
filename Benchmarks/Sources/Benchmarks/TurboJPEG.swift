import CTurboJPEG
import Imaging
import PixelFormats

/// libjpeg-turbo by itself: the samples as they are, 4:2:0, with the options that `FrameWriter` and `FrameReader` use.
@safe final class TurboJPEG {
    private let compressor: tjhandle
    private let decompressor: tjhandle
    private var output: [UInt8]

    init(_ size: FrameSize) throws {
        guard let compressor = unsafe tjInitCompress(), let decompressor = unsafe tjInitDecompress() else {
            throw BenchmarkFailure(description: "no libjpeg-turbo")
        }
        unsafe self.compressor = compressor
        unsafe self.decompressor = decompressor
        output = [UInt8](
            repeating: 0, count: Int(tjBufSize(Int32(size.width), Int32(size.height), Int32(TJSAMP_420.rawValue))))
    }

    deinit {
        unsafe tjDestroy(compressor)
        unsafe tjDestroy(decompressor)
    }

    func encode(_ picture: I420Picture) throws {
        var planes: [UnsafePointer<UInt8>?] = unsafe [
            UnsafePointer(picture.luma), UnsafePointer(picture.blueDifference), UnsafePointer(picture.redDifference),
        ]
        let strides = [Int32(picture.lumaStride), Int32(picture.chromaStride), Int32(picture.chromaStride)]
        let result = unsafe output.withUnsafeMutableBufferPointer { output in
            var target = output.baseAddress
            var length = UInt(output.count)
            return unsafe tjCompressFromYUVPlanes(
                compressor, &planes, Int32(picture.width), strides, Int32(picture.height),
                Int32(TJSAMP_420.rawValue), &target, &length, 85, TJFLAG_NOREALLOC | TJFLAG_FASTDCT)
        }
        if result != 0 { throw BenchmarkFailure(description: "libjpeg-turbo can't compress") }
    }

    func decode(_ data: UnsafeMutableRawBufferPointer, _ length: Int, into picture: I420Picture) throws {
        var planes: [UnsafeMutablePointer<UInt8>?] = unsafe [
            picture.luma, picture.blueDifference, picture.redDifference,
        ]
        var strides = [Int32(picture.lumaStride), Int32(picture.chromaStride), Int32(picture.chromaStride)]
        let start = unsafe data.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let result = unsafe tjDecompressToYUVPlanes(
            decompressor, start, UInt(length), &planes, Int32(picture.width), &strides, Int32(picture.height), 0)
        if result != 0 { throw BenchmarkFailure(description: "libjpeg-turbo can't decompress") }
    }
}
