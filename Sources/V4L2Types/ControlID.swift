import CVideoABI

/// The number of a control: its class in the upper half, its place in the class in the lower.
public struct ControlID: RawRepresentable, Sendable, Hashable, Comparable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The class this control belongs to: `V4L2_CTRL_ID2WHICH`.
    public var controlClass: ControlClass { ControlClass(rawValue: rawValue & 0x0fff_0000) }

    /// A driver's own control: `V4L2_CTRL_DRIVER_PRIV`.
    public var isDriverPrivate: Bool { rawValue & 0xffff >= 0x1000 }

    public static func < (left: ControlID, right: ControlID) -> Bool { left.rawValue < right.rawValue }

    /// `V4L2_CID_BRIGHTNESS`
    public static let brightness = ControlID(rawValue: UInt32(V4L2_CID_BASE))
    /// `V4L2_CID_CONTRAST`
    public static let contrast = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 1)
    /// `V4L2_CID_SATURATION`
    public static let saturation = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 2)
    /// `V4L2_CID_HUE`
    public static let hue = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 3)
    /// `V4L2_CID_GAIN`
    public static let gain = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 19)
    /// `V4L2_CID_HFLIP`
    public static let horizontalFlip = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 20)
    /// `V4L2_CID_VFLIP`
    public static let verticalFlip = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 21)
    /// `V4L2_CID_MIN_BUFFERS_FOR_CAPTURE`
    public static let minimumCaptureBuffers = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 39)
    /// `V4L2_CID_MIN_BUFFERS_FOR_OUTPUT`
    public static let minimumOutputBuffers = ControlID(rawValue: UInt32(V4L2_CID_BASE) + 40)
    /// `V4L2_CID_TEST_PATTERN`
    public static let testPattern = ControlID(rawValue: ControlClass.imageProcessing.rawValue | 0x903)

    /// The first of the user class's numbers for a driver's own controls.
    public static let driverPrivateBase = ControlID(rawValue: ControlClass.user.rawValue | 0x1000)
}

/// A group of controls: `V4L2_CTRL_CLASS_*`.
public struct ControlClass: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `V4L2_CTRL_CLASS_USER`
    public static let user = ControlClass(rawValue: UInt32(V4L2_CTRL_CLASS_USER))
    /// `V4L2_CTRL_CLASS_CODEC`
    public static let codec = ControlClass(rawValue: UInt32(V4L2_CTRL_CLASS_CODEC))
    /// `V4L2_CTRL_CLASS_CAMERA`
    public static let camera = ControlClass(rawValue: UInt32(V4L2_CTRL_CLASS_CAMERA))
    /// `V4L2_CTRL_CLASS_JPEG`
    public static let jpeg = ControlClass(rawValue: UInt32(V4L2_CTRL_CLASS_JPEG))
    /// `V4L2_CTRL_CLASS_IMAGE_SOURCE`
    public static let imageSource = ControlClass(rawValue: UInt32(V4L2_CTRL_CLASS_IMAGE_SOURCE))
    /// `V4L2_CTRL_CLASS_IMAGE_PROC`
    public static let imageProcessing = ControlClass(rawValue: UInt32(V4L2_CTRL_CLASS_IMAGE_PROC))

    /// The control that stands for the class itself, with the name as its only content.
    public var id: ControlID { ControlID(rawValue: rawValue | 1) }

    /// The class's name as programs show it; nil for a class that has none.
    public var name: String? {
        switch self {
        case .user: "User Controls"
        case .codec: "Codec Controls"
        case .camera: "Camera Controls"
        case .jpeg: "JPEG Compression Controls"
        case .imageSource: "Image Source Controls"
        case .imageProcessing: "Image Processing Controls"
        default: nil
        }
    }
}
