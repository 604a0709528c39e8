import Imaging
public import PixelFormats

/// The first line of a YUV4MPEG2 stream.
public struct Y4MHeader: Hashable, Sendable {
    /// How the chroma planes that follow the luma are sampled.
    public enum Chroma: Hashable, Sendable {
        case c420, c422, c444, mono
    }

    public var size: FrameSize
    /// Frames per second, as the stream says; nil if it says unknown.
    public var rate: Rational?
    public var chroma: Chroma
    /// Whether luma goes from 0 to 255 (the extension `XCOLORRANGE=FULL`).
    public var fullRange: Bool

    /// What every stream begins with.
    static let magic = "YUV4MPEG2"

    /// Bytes of one frame, without the line before it.
    public var frameBytes: Int {
        let (width, height) = (Int(size.width), Int(size.height))
        let (halfWidth, halfHeight) = ((width + 1) / 2, (height + 1) / 2)
        switch chroma {
        case .c420: return width * height + 2 * halfWidth * halfHeight
        case .c422: return width * height + 2 * halfWidth * height
        case .c444: return 3 * width * height
        case .mono: return width * height
        }
    }

    /// Parses the line, without its end. Fields that don't concern us are ignored.
    public init(line: String) throws(PictureSourceError) {
        let fields = line.split(separator: " ")
        guard let first = fields.first, first == Self.magic else {
            throw PictureSourceError("not a Y4M stream: it doesn't begin with \(Self.magic); other files need ffmpeg")
        }
        var width: UInt32?
        var height: UInt32?
        rate = nil
        chroma = .c420
        fullRange = false
        for field in fields.dropFirst() {
            let value = field.dropFirst()
            switch field.first {
            case "W": width = UInt32(value)
            case "H": height = UInt32(value)
            case "F": rate = try Self.rate(value)
            case "C": chroma = try Self.chroma(value)
            case "I":
                guard value == "p" || value == "?" else {
                    throw PictureSourceError(
                        "the Y4M header says interlaced (\(field)); make it progressive with ffmpeg -vf yadif")
                }
            case "X": if value == "COLORRANGE=FULL" { fullRange = true }
            default: break
            }
        }
        guard let width, let height, (1...16384).contains(width), (1...16384).contains(height) else {
            throw PictureSourceError("the Y4M header has no valid width and height: it needs W and H from 1 to 16384")
        }
        size = FrameSize(width: width, height: height)
    }

    private static func rate(_ value: Substring) throws(PictureSourceError) -> Rational? {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let frames = UInt32(parts[0]), let seconds = UInt32(parts[1]) else {
            throw PictureSourceError("the Y4M header has the frame rate F\(value); it has to be like F30:1")
        }
        // 0:0 is how the format says that the rate isn't known.
        return frames == 0 || seconds == 0 ? nil : Rational(frames, seconds)
    }

    private static func chroma(_ value: Substring) throws(PictureSourceError) -> Chroma {
        switch value {
        case "420", "420jpeg", "420mpeg2", "420paldv": return .c420
        case "422": return .c422
        case "444": return .c444
        case "mono": return .mono
        default:
            throw PictureSourceError(
                "Y4M with the samples C\(value) isn't supported; convert it with ffmpeg -pix_fmt yuv420p")
        }
    }
}
