import CVideoABI

/// `V4L2_BUF_FLAG_*`: the state of a buffer and what its content is.
public struct BufferFlags: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `V4L2_BUF_FLAG_MAPPED`
    public static let mapped = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_MAPPED))
    /// `V4L2_BUF_FLAG_QUEUED`
    public static let queued = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_QUEUED))
    /// `V4L2_BUF_FLAG_DONE`
    public static let done = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_DONE))
    /// `V4L2_BUF_FLAG_KEYFRAME`
    public static let keyFrame = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_KEYFRAME))
    /// `V4L2_BUF_FLAG_PFRAME`
    public static let predictedFrame = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_PFRAME))
    /// `V4L2_BUF_FLAG_BFRAME`
    public static let bidirectionalFrame = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_BFRAME))
    /// `V4L2_BUF_FLAG_ERROR`
    public static let error = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_ERROR))
    /// `V4L2_BUF_FLAG_TIMECODE`
    public static let timecode = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_TIMECODE))
    /// `V4L2_BUF_FLAG_PREPARED`
    public static let prepared = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_PREPARED))
    /// `V4L2_BUF_FLAG_NO_CACHE_INVALIDATE`
    public static let noCacheInvalidate = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_NO_CACHE_INVALIDATE))
    /// `V4L2_BUF_FLAG_NO_CACHE_CLEAN`
    public static let noCacheClean = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_NO_CACHE_CLEAN))
    /// `V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC`
    public static let timestampMonotonic = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC))
    /// `V4L2_BUF_FLAG_TIMESTAMP_COPY`
    public static let timestampCopy = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_TIMESTAMP_COPY))
    /// `V4L2_BUF_FLAG_TIMESTAMP_MASK`: both kinds of timestamp.
    public static let timestampMask = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_TIMESTAMP_MASK))
    /// `V4L2_BUF_FLAG_TSTAMP_SRC_SOE`
    public static let timestampAtStart = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_TSTAMP_SRC_SOE))
    /// `V4L2_BUF_FLAG_TSTAMP_SRC_MASK`
    public static let timestampSourceMask = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_TSTAMP_SRC_MASK))
    /// `V4L2_BUF_FLAG_LAST`
    public static let last = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_LAST))
    /// `V4L2_BUF_FLAG_REQUEST_FD`
    public static let requestDescriptor = BufferFlags(rawValue: UInt32(V4L2_BUF_FLAG_REQUEST_FD))
    /// Bits that mean nothing yet: they stay with the buffer, as the kernel has it.
    public static let undefined = BufferFlags(rawValue: ~0x97_FFFF)
}
