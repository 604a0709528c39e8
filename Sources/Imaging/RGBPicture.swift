import CYUV
public import PixelFormats

/// A picture of bytes R, G, B in memory of its own, without gaps between lines: what a PNG file holds.
@safe public final class RGBPicture {
    public let size: FrameSize
    @unsafe let bytes: UnsafeMutablePointer<UInt8>

    /// A black picture.
    /// - Precondition: both dimensions are 1 to 16384.
    public init(size: FrameSize) {
        precondition((1...16384).contains(size.width) && (1...16384).contains(size.height), "size out of range")
        self.size = size
        let count = 3 * Int(size.width) * Int(size.height)
        unsafe bytes = UnsafeMutablePointer.allocate(capacity: count)
        unsafe bytes.initialize(repeating: 0, count: count)
    }

    deinit {
        unsafe bytes.deallocate()
    }

    /// Bytes from one line to the next.
    public var stride: Int { 3 * Int(size.width) }

    /// The bytes, from the top left. Valid during the call.
    public func withBytes<Result, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: stride * Int(size.height))
        var span = unsafe buffer.mutableBytes
        return try body(&span)
    }

    /// Converts from limited-range BT.601, as `FrameWriter` does for RGB formats.
    /// - Precondition: the sizes are equal.
    public func convert(from picture: I420Picture) {
        precondition(size == picture.size, "pictures of different sizes")
        _ = unsafe I420ToRAW(
            picture.luma, Int32(picture.lumaStride), picture.blueDifference, Int32(picture.chromaStride),
            picture.redDifference, Int32(picture.chromaStride), bytes, Int32(stride), Int32(size.width),
            Int32(size.height))
    }
}

extension I420Picture {
    /// Converts to limited-range BT.601; chroma is averaged over four pixels.
    /// - Precondition: the sizes are equal.
    public func convert(from picture: RGBPicture) {
        precondition(size == picture.size, "pictures of different sizes")
        _ = unsafe RAWToI420(
            picture.bytes, Int32(picture.stride), luma, Int32(lumaStride), blueDifference, Int32(chromaStride),
            redDifference, Int32(chromaStride), Int32(width), Int32(height))
    }
}
