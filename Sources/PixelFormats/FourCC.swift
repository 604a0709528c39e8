/// A pixel format's name: four ASCII characters in one 32-bit word, the first in the lowest byte.
///
/// Counterpart of the kernel's `V4L2_PIX_FMT_*` (`videodev2.h`). Any word can be held; `PixelFormat`
/// knows the ones of which this package can lay out memory.
public struct FourCC: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// A name given as text: either its four characters (`"YUYV"`, `"NM12"`), or one of the kernel's
    /// names for the multi-planar formats that people type: `"NV12M"`, `"YU12M"`, `"YUV420M"`, `"YUV420"`.
    /// A name of fewer than four characters is padded with spaces. For the formats in `PixelFormat.all`,
    /// upper and lower case are the same; other names are taken as they stand, as the case matters there.
    ///
    /// Nil if the text is empty, longer than four characters and no known name, or not printable ASCII.
    public init?(_ string: String) {
        switch string.uppercased() {
        case "NV12M": self = .nv12m
        case "YU12M", "YUV420M": self = .yu12m
        case "YUV420": self = .yu12
        default:
            let bytes = string.utf8
            guard (1...4).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                return nil
            }
            var word: UInt32 = 0
            for index in 0..<4 {
                let byte = index < bytes.count ? bytes[bytes.index(bytes.startIndex, offsetBy: index)] : 0x20
                word |= UInt32(byte) << UInt32(8 * index)
            }
            let exact = FourCC(rawValue: word)
            // Bit 5 is what makes an ASCII letter small; none of our names has a character that loses by it.
            let known = PixelFormat.all.first { ($0.fourCC.rawValue | 0x2020_2020) == (word | 0x2020_2020) }
            self = known?.fourCC ?? exact
        }
    }

    /// The word of four characters that are known when the program is written.
    private init(_ first: Unicode.Scalar, _ second: Unicode.Scalar, _ third: Unicode.Scalar, _ fourth: Unicode.Scalar) {
        let low = (first.value & 0xff) | (second.value & 0xff) << 8
        self.init(rawValue: low | (third.value & 0xff) << 16 | (fourth.value & 0xff) << 24)
    }
}

extension FourCC {
    /// `V4L2_PIX_FMT_YUYV`: packed Y0 Cb Y1 Cr.
    public static let yuyv = FourCC("Y", "U", "Y", "V")
    /// `V4L2_PIX_FMT_UYVY`: packed Cb Y0 Cr Y1.
    public static let uyvy = FourCC("U", "Y", "V", "Y")
    /// `V4L2_PIX_FMT_NV12`: Y, then interleaved CbCr at half size both ways, in one buffer.
    public static let nv12 = FourCC("N", "V", "1", "2")
    /// `V4L2_PIX_FMT_NV12M`: as NV12, in two buffers.
    public static let nv12m = FourCC("N", "M", "1", "2")
    /// `V4L2_PIX_FMT_NV21`: as NV12, with Cr before Cb.
    public static let nv21 = FourCC("N", "V", "2", "1")
    /// `V4L2_PIX_FMT_NV16`: Y, then interleaved CbCr at half width and full height.
    public static let nv16 = FourCC("N", "V", "1", "6")
    /// `V4L2_PIX_FMT_YUV420`: Y, then Cb, then Cr, the latter at half size both ways, in one buffer.
    public static let yu12 = FourCC("Y", "U", "1", "2")
    /// `V4L2_PIX_FMT_YUV420M`: as YU12, in three buffers.
    public static let yu12m = FourCC("Y", "M", "1", "2")
    /// `V4L2_PIX_FMT_RGB24`: bytes R, G, B.
    public static let rgb3 = FourCC("R", "G", "B", "3")
    /// `V4L2_PIX_FMT_BGR24`: bytes B, G, R.
    public static let bgr3 = FourCC("B", "G", "R", "3")
    /// `V4L2_PIX_FMT_XBGR32`: bytes B, G, R and one without meaning.
    public static let xr24 = FourCC("X", "R", "2", "4")
    /// `V4L2_PIX_FMT_ABGR32`: bytes B, G, R and alpha.
    public static let ar24 = FourCC("A", "R", "2", "4")
    /// `V4L2_PIX_FMT_GREY`: luma only, one byte a pixel.
    public static let grey = FourCC("G", "R", "E", "Y")
    /// `V4L2_PIX_FMT_MJPEG`: one JPEG picture a frame.
    public static let mjpg = FourCC("M", "J", "P", "G")
}

extension FourCC: CustomStringConvertible {
    /// The four characters; a byte that can't be printed is shown as `\xHH`, and the kernel's mark
    /// for big-endian formats (bit 31) as the suffix `-BE`.
    public var description: String {
        var text = ""
        for shift: UInt32 in [0, 8, 16, 24] {
            let byte = UInt8(truncatingIfNeeded: rawValue >> shift) & (shift == 24 ? 0x7f : 0xff)
            if (0x20...0x7e).contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16)
                text += "\\x" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return rawValue >> 31 == 1 ? text + "-BE" : text
    }
}
