/// The memory of one frame: up to eight buffers, one per memory plane.
///
/// It owns nothing: whoever makes one answers for the memory being there while it is used.
@unsafe public struct FramePlanes {
    public var count: Int
    public var buffers: InlineArray<8, UnsafeMutableRawBufferPointer>

    public init() {
        unsafe count = 0
        unsafe buffers = InlineArray(repeating: UnsafeMutableRawBufferPointer(start: nil, count: 0))
    }

    /// A frame in one buffer.
    public init(_ buffer: UnsafeMutableRawBufferPointer) {
        unsafe self.init()
        unsafe append(buffer)
    }

    /// A frame in one buffer that is only to be read: by a `FrameReader`, which writes nothing.
    public init(reading buffer: UnsafeRawBufferPointer) {
        unsafe self.init()
        unsafe append(UnsafeMutableRawBufferPointer(mutating: buffer))
    }

    /// Adds the next plane.
    /// - Precondition: fewer than eight so far.
    public mutating func append(_ buffer: UnsafeMutableRawBufferPointer) {
        unsafe buffers[count] = buffer
        unsafe count += 1
    }

    /// The length of each buffer, in bytes; 0 from `count` on.
    var lengths: InlineArray<8, Int> {
        var lengths = InlineArray<8, Int>(repeating: 0)
        for index in unsafe 0..<count { unsafe lengths[index] = buffers[index].count }
        return lengths
    }

    /// The address of a byte in a plane that the caller has checked to be long enough.
    func address(plane: Int, offset: Int) -> UnsafeMutablePointer<UInt8>? {
        guard let base = unsafe buffers[plane].baseAddress else { return nil }
        return unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
    }
}

/// How many bytes a frame takes in each of its planes (`bytesused`).
public struct BytesUsed: Sendable {
    public var count: Int
    /// Per plane; 0 from `count` on.
    public var planes: InlineArray<8, UInt32>

    public init(count: Int = 0) {
        self.count = count
        planes = InlineArray(repeating: 0)
    }
}
