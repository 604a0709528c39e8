import CYUV
public import PixelFormats

/// A picture in memory of its own: a luma plane, and two chroma planes of half the width and height.
///
/// Everything in this module converts from it or to it. Samples are 8 bits of limited range (BT.601). Lines
/// are aligned to 64 bytes, chroma lines to 32. It isn't safe to use from two threads at once.
@safe public final class I420Picture {
    public let size: FrameSize
    /// Bytes from one line of luma to the next.
    public let lumaStride: Int
    /// Bytes from one line of chroma to the next, in either chroma plane.
    public let chromaStride: Int
    /// First sample of Y. Valid as long as the picture is, as are the next two.
    @unsafe public let luma: UnsafeMutablePointer<UInt8>
    /// First sample of Cb.
    @unsafe public let blueDifference: UnsafeMutablePointer<UInt8>
    /// First sample of Cr.
    @unsafe public let redDifference: UnsafeMutablePointer<UInt8>

    /// A black picture.
    /// - Precondition: both dimensions are 1 to 16384.
    public init(size: FrameSize) {
        precondition((1...16384).contains(size.width) && (1...16384).contains(size.height), "size out of range")
        self.size = size
        lumaStride = (Int(size.width) + 63) & ~63
        chromaStride = lumaStride / 2
        // An even number of lines: JPEG works on whole pairs.
        let lumaBytes = lumaStride * ((Int(size.height) + 1) & ~1)
        let chromaBytes = chromaStride * ((Int(size.height) + 1) / 2)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: lumaBytes + 2 * chromaBytes, alignment: 64)
        unsafe luma = memory.bindMemory(to: UInt8.self, capacity: lumaBytes + 2 * chromaBytes)
        unsafe blueDifference = luma + lumaBytes
        unsafe redDifference = luma + lumaBytes + chromaBytes
        unsafe luma.initialize(repeating: 16, count: lumaBytes)
        unsafe blueDifference.initialize(repeating: 128, count: 2 * chromaBytes)
    }

    deinit {
        unsafe luma.deallocate()
    }

    public var width: Int { Int(size.width) }
    public var height: Int { Int(size.height) }
    /// Samples in a line of chroma.
    public var chromaWidth: Int { (width + 1) / 2 }
    /// Lines of chroma.
    public var chromaHeight: Int { (height + 1) / 2 }

    /// The luma plane: `height` lines of `lumaStride` bytes. Valid during the call.
    public func withLuma<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(start: luma, count: lumaStride * height)
        return try unsafe body(bytes.bytes)
    }
}

extension I420Picture {
    /// Copies another picture of the same size, mirrored left to right, upside down, or both, as asked.
    /// - Precondition: the sizes are equal.
    public func copy(from other: I420Picture, horizontalFlip: Bool = false, verticalFlip: Bool = false) {
        precondition(size == other.size, "pictures of different sizes")
        // libyuv reads a negative height as: from the last line to the first.
        let lines = Int32(verticalFlip ? -height : height)
        if horizontalFlip {
            _ = unsafe I420Mirror(
                other.luma, Int32(other.lumaStride), other.blueDifference, Int32(other.chromaStride),
                other.redDifference, Int32(other.chromaStride), luma, Int32(lumaStride), blueDifference,
                Int32(chromaStride), redDifference, Int32(chromaStride), Int32(width), lines)
        } else {
            _ = unsafe I420Copy(
                other.luma, Int32(other.lumaStride), other.blueDifference, Int32(other.chromaStride),
                other.redDifference, Int32(other.chromaStride), luma, Int32(lumaStride), blueDifference,
                Int32(chromaStride), redDifference, Int32(chromaStride), Int32(width), lines)
        }
    }

    /// Fills this picture with the whole of another one, scaled: averaged when smaller, blended when larger.
    /// The proportions aren't kept. Equal sizes are copied.
    public func scale(from other: I420Picture) {
        if size == other.size { return copy(from: other) }
        _ = unsafe I420Scale(
            other.luma, Int32(other.lumaStride), other.blueDifference, Int32(other.chromaStride),
            other.redDifference, Int32(other.chromaStride), Int32(other.width), Int32(other.height), luma,
            Int32(lumaStride), blueDifference, Int32(chromaStride), redDifference, Int32(chromaStride),
            Int32(width), Int32(height), kFilterBox)
    }

    /// Fills the picture with one colour.
    public func fill(luma y: UInt8, blueDifference u: UInt8 = 128, redDifference v: UInt8 = 128) {
        unsafe SetPlane(luma, Int32(lumaStride), Int32(width), Int32(height), UInt32(y))
        unsafe SetPlane(blueDifference, Int32(chromaStride), Int32(chromaWidth), Int32(chromaHeight), UInt32(u))
        unsafe SetPlane(redDifference, Int32(chromaStride), Int32(chromaWidth), Int32(chromaHeight), UInt32(v))
    }
}
