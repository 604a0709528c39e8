/// What the numbers of a picture mean as colours: the four values of `v4l2_pix_format`.
///
/// Values that this package has no name for are kept as they are.
public struct Colorimetry: Hashable, Sendable {
    public var colorspace: Colorspace
    public var encoding: YCbCrEncoding
    public var quantization: Quantization
    public var transfer: TransferFunction

    public init(
        colorspace: Colorspace = .standard, encoding: YCbCrEncoding = .standard,
        quantization: Quantization = .standard, transfer: TransferFunction = .standard
    ) {
        self.colorspace = colorspace
        self.encoding = encoding
        self.quantization = quantization
        self.transfer = transfer
    }

    /// What our devices produce: sRGB primaries, and for the rest the defaults that follow from them
    /// (BT.601 encoding, limited range for Y'CbCr and full range for RGB).
    public static let sRGB = Colorimetry(colorspace: .sRGB)

    /// What a JPEG picture holds: sRGB, BT.601 encoding, full range (`V4L2_COLORSPACE_JPEG`).
    public static let jpeg = Colorimetry(colorspace: .jpeg)
}

extension Colorimetry {
    /// `enum v4l2_colorspace`: the primaries and the white point.
    public struct Colorspace: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_COLORSPACE_DEFAULT`: let the driver choose.
        public static let standard = Colorspace(rawValue: 0)
        /// `V4L2_COLORSPACE_SMPTE170M`
        public static let smpte170M = Colorspace(rawValue: 1)
        /// `V4L2_COLORSPACE_SMPTE240M`
        public static let smpte240M = Colorspace(rawValue: 2)
        /// `V4L2_COLORSPACE_REC709`
        public static let rec709 = Colorspace(rawValue: 3)
        /// `V4L2_COLORSPACE_470_SYSTEM_M`
        public static let system470M = Colorspace(rawValue: 5)
        /// `V4L2_COLORSPACE_470_SYSTEM_BG`
        public static let system470BG = Colorspace(rawValue: 6)
        /// `V4L2_COLORSPACE_JPEG`
        public static let jpeg = Colorspace(rawValue: 7)
        /// `V4L2_COLORSPACE_SRGB`
        public static let sRGB = Colorspace(rawValue: 8)
        /// `V4L2_COLORSPACE_OPRGB`
        public static let opRGB = Colorspace(rawValue: 9)
        /// `V4L2_COLORSPACE_BT2020`
        public static let bt2020 = Colorspace(rawValue: 10)
        /// `V4L2_COLORSPACE_RAW`
        public static let raw = Colorspace(rawValue: 11)
        /// `V4L2_COLORSPACE_DCI_P3`
        public static let dciP3 = Colorspace(rawValue: 12)
    }

    /// `enum v4l2_ycbcr_encoding`: the matrix between R'G'B' and Y'CbCr.
    public struct YCbCrEncoding: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_YCBCR_ENC_DEFAULT`: the one that goes with the colour space.
        public static let standard = YCbCrEncoding(rawValue: 0)
        /// `V4L2_YCBCR_ENC_601`
        public static let bt601 = YCbCrEncoding(rawValue: 1)
        /// `V4L2_YCBCR_ENC_709`
        public static let rec709 = YCbCrEncoding(rawValue: 2)
        /// `V4L2_YCBCR_ENC_XV601`
        public static let xv601 = YCbCrEncoding(rawValue: 3)
        /// `V4L2_YCBCR_ENC_XV709`
        public static let xv709 = YCbCrEncoding(rawValue: 4)
        /// `V4L2_YCBCR_ENC_BT2020`
        public static let bt2020 = YCbCrEncoding(rawValue: 6)
        /// `V4L2_YCBCR_ENC_BT2020_CONST_LUM`
        public static let bt2020ConstantLuminance = YCbCrEncoding(rawValue: 7)
        /// `V4L2_YCBCR_ENC_SMPTE240M`
        public static let smpte240M = YCbCrEncoding(rawValue: 8)
    }

    /// `enum v4l2_quantization`: the range of the numbers.
    public struct Quantization: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_QUANTIZATION_DEFAULT`: full for RGB and JPEG, limited for Y'CbCr.
        public static let standard = Quantization(rawValue: 0)
        /// `V4L2_QUANTIZATION_FULL_RANGE`: 0 to 255.
        public static let full = Quantization(rawValue: 1)
        /// `V4L2_QUANTIZATION_LIM_RANGE`: luma 16 to 235, chroma 16 to 240.
        public static let limited = Quantization(rawValue: 2)
    }

    /// `enum v4l2_xfer_func`: from light to numbers.
    public struct TransferFunction: RawRepresentable, Hashable, Sendable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_XFER_FUNC_DEFAULT`: the one that goes with the colour space.
        public static let standard = TransferFunction(rawValue: 0)
        /// `V4L2_XFER_FUNC_709`
        public static let rec709 = TransferFunction(rawValue: 1)
        /// `V4L2_XFER_FUNC_SRGB`
        public static let sRGB = TransferFunction(rawValue: 2)
        /// `V4L2_XFER_FUNC_OPRGB`
        public static let opRGB = TransferFunction(rawValue: 3)
        /// `V4L2_XFER_FUNC_SMPTE240M`
        public static let smpte240M = TransferFunction(rawValue: 4)
        /// `V4L2_XFER_FUNC_NONE`
        public static let linear = TransferFunction(rawValue: 5)
        /// `V4L2_XFER_FUNC_DCI_P3`
        public static let dciP3 = TransferFunction(rawValue: 6)
        /// `V4L2_XFER_FUNC_SMPTE2084`
        public static let smpte2084 = TransferFunction(rawValue: 7)
    }
}
