import CVideoABI

/// `V4L2_CAP_*`: what a device or a node can do.
public struct CapabilityFlags: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `V4L2_CAP_VIDEO_CAPTURE`
    public static let videoCapture = CapabilityFlags(rawValue: UInt32(V4L2_CAP_VIDEO_CAPTURE))
    /// `V4L2_CAP_VIDEO_OUTPUT`
    public static let videoOutput = CapabilityFlags(rawValue: UInt32(V4L2_CAP_VIDEO_OUTPUT))
    /// `V4L2_CAP_VIDEO_CAPTURE_MPLANE`
    public static let videoCaptureMultiplanar = CapabilityFlags(rawValue: UInt32(V4L2_CAP_VIDEO_CAPTURE_MPLANE))
    /// `V4L2_CAP_VIDEO_OUTPUT_MPLANE`
    public static let videoOutputMultiplanar = CapabilityFlags(rawValue: UInt32(V4L2_CAP_VIDEO_OUTPUT_MPLANE))
    /// `V4L2_CAP_VIDEO_M2M`
    public static let videoMemoryToMemory = CapabilityFlags(rawValue: UInt32(V4L2_CAP_VIDEO_M2M))
    /// `V4L2_CAP_VIDEO_M2M_MPLANE`
    public static let videoMemoryToMemoryMultiplanar = CapabilityFlags(rawValue: UInt32(V4L2_CAP_VIDEO_M2M_MPLANE))
    /// `V4L2_CAP_EXT_PIX_FORMAT`
    public static let extendedPixelFormat = CapabilityFlags(rawValue: UInt32(V4L2_CAP_EXT_PIX_FORMAT))
    /// `V4L2_CAP_READWRITE`
    public static let readWrite = CapabilityFlags(rawValue: UInt32(V4L2_CAP_READWRITE))
    /// `V4L2_CAP_STREAMING`
    public static let streaming = CapabilityFlags(rawValue: UInt32(V4L2_CAP_STREAMING))
    /// `V4L2_CAP_DEVICE_CAPS`
    public static let deviceCapabilities = CapabilityFlags(rawValue: VB2_V4L2_CAP_DEVICE_CAPS)

    /// Buffers of `type` can exist on a node with these capabilities.
    public func supports(_ type: BufferType) -> Bool {
        switch type {
        case .videoCapture: !isDisjoint(with: [.videoCapture, .videoMemoryToMemory])
        case .videoOutput: !isDisjoint(with: [.videoOutput, .videoMemoryToMemory])
        case .videoCaptureMultiplanar:
            !isDisjoint(with: [.videoCaptureMultiplanar, .videoMemoryToMemoryMultiplanar])
        case .videoOutputMultiplanar:
            !isDisjoint(with: [.videoOutputMultiplanar, .videoMemoryToMemoryMultiplanar])
        }
    }

    /// The node turns pictures from the program into pictures for the program.
    public var isMemoryToMemory: Bool {
        !isDisjoint(with: [.videoMemoryToMemory, .videoMemoryToMemoryMultiplanar])
    }

    /// The node captures and is no memory-to-memory device.
    public var isCapture: Bool {
        !isMemoryToMemory && !isDisjoint(with: [.videoCapture, .videoCaptureMultiplanar])
    }

    /// The node puts out and is no memory-to-memory device.
    public var isOutput: Bool {
        !isMemoryToMemory && !isDisjoint(with: [.videoOutput, .videoOutputMultiplanar])
    }
}
