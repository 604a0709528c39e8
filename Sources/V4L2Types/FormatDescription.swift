package import CVideoABI
public import PixelFormats

/// One pixel format that a device offers for a stream: `struct v4l2_fmtdesc`, VIDIOC_ENUM_FMT.
public struct FormatDescription: Sendable, Hashable {
    /// `V4L2_FMT_FLAG_*`
    public struct Flags: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_FMT_FLAG_COMPRESSED`
        public static let compressed = Flags(rawValue: UInt32(V4L2_FMT_FLAG_COMPRESSED))
        /// `V4L2_FMT_FLAG_EMULATED`
        public static let emulated = Flags(rawValue: UInt32(V4L2_FMT_FLAG_EMULATED))
    }

    public var fourCC: FourCC
    public var flags: Flags
    /// For people, at most 31 bytes.
    public var text: String

    public init(fourCC: FourCC, flags: Flags = [], text: String) {
        self.fourCC = fourCC
        self.flags = flags
        self.text = text
    }

    /// The description of a format that `PixelFormats` knows.
    public init(_ format: PixelFormat) {
        self.init(fourCC: format.fourCC, flags: format.isCompressed ? .compressed : [], text: format.name)
    }

    package init(_ c: v4l2_fmtdesc) {
        self.init(
            fourCC: FourCC(rawValue: c.pixelformat), flags: Flags(rawValue: c.flags),
            text: FixedText.load(c.description))
    }

    /// Fills everything but the index and the type, which the program gave.
    package func encode(into c: inout v4l2_fmtdesc) {
        let (index, type) = (c.index, c.type)
        c = v4l2_fmtdesc()
        c.index = index
        c.type = type
        c.flags = flags.rawValue
        c.pixelformat = fourCC.rawValue
        FixedText.store(text, into: &c.description)
    }
}
