public import SystemPackage

/// The streams of a video device that buffers may belong to: `enum v4l2_buf_type`.
///
/// Only the video types are here: overlay, VBI, SDR and metadata buffers give EINVAL, as a kernel driver
/// without them does.
public enum BufferType: UInt32, Sendable, Hashable, CaseIterable {
    /// `V4L2_BUF_TYPE_VIDEO_CAPTURE`
    case videoCapture = 1
    /// `V4L2_BUF_TYPE_VIDEO_OUTPUT`
    case videoOutput = 2
    /// `V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE`
    case videoCaptureMultiplanar = 9
    /// `V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE`
    case videoOutputMultiplanar = 10

    /// - Throws: EINVAL for a type that isn't one of these.
    public init(validating rawType: UInt32) throws(Errno) {
        guard let type = BufferType(rawValue: rawType) else { throw .invalidArgument }
        self = type
    }

    /// The program fills these buffers and the device reads them.
    public var isOutput: Bool { self == .videoOutput || self == .videoOutputMultiplanar }

    /// Each picture plane has its own memory: `V4L2_TYPE_IS_MULTIPLANAR`.
    public var isMultiplanar: Bool { self == .videoCaptureMultiplanar || self == .videoOutputMultiplanar }
}
