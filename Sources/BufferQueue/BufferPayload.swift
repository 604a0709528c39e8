/// What travels with a buffer beside its memory: the fields of `struct v4l2_buffer` that vb2 keeps.
public struct BufferPayload: Sendable {
    /// V4L2_BUF_FLAG_* bits that are not the queue's own state.
    public var flags: UInt32 = 0
    /// `enum v4l2_field`.
    public var field: UInt32 = 0
    public var sequence: UInt32 = 0
    /// Nanoseconds of CLOCK_MONOTONIC, or what the program queued on a queue that copies timestamps.
    public var timestamp: Int64 = 0
    /// `struct v4l2_timecode`, unread; meant if V4L2_BUF_FLAG_TIMECODE is set.
    public var timecode: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)

    public init() {}
}

/// One plane's share of a buffer.
public struct PlanePayload: Sendable {
    /// Bytes of payload, `dataOffset` included.
    public var bytesUsed: UInt32 = 0
    /// Bytes of memory.
    public var length: UInt32 = 0
    /// Bytes in front of the payload.
    public var dataOffset: UInt32 = 0
    /// DMABUF: the number that the program last queued. USERPTR: the address. A label, never used.
    public var userReference: UInt64 = 0

    public init() {}

    /// Whether the payload is inside of `length` bytes, and begins before it ends (A44 to A46).
    func fits(in length: UInt32) -> Bool {
        if bytesUsed > length { return false }
        return dataOffset == 0 || dataOffset < (bytesUsed == 0 ? length : bytesUsed)
    }
}
