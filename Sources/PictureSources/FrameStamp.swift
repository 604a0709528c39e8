public import Imaging

/// Draws a frame's number and time over a picture: for programs as a `BlockCode`, and for people as digits on a dark
/// panel between the code's bands, where there is room for them (from 160x120 on).
public struct FrameStamp: Sendable {
    /// Where the digits are.
    public enum Placement: Hashable, Sendable {
        /// Large, the time below the number, in the middle of the frame.
        case centre
        /// Small, in one line, above the lower band.
        case bottom
    }

    public var placement: Placement

    public init(placement: Placement) {
        self.placement = placement
    }

    /// The lines at which a stamp of any number and time may begin to differ from the line before.
    func boundaries(width: Int, height: Int) -> [Int] {
        let code = BlockCode.boundaries(width: width, height: height)
        guard width >= 160, height >= 120, placement == .centre else { return code }
        let scale = Self.centreScale(width, height)
        let panelHeight = Self.centreHeight(scale)
        let top = (height - panelHeight) / 2
        let panelTop = top & ~1
        var lines = code + [panelTop, panelTop + (panelHeight + 1) & ~1]
        for text in [top + 4 * scale, top + 14 * scale] {
            lines += (0...DigitFont.height).map { text + $0 * scale }
        }
        return lines
    }

    private static func centreScale(_ width: Int, _ height: Int) -> Int { max(1, min(width / 128, height / 80)) }

    private static func centreHeight(_ scale: Int) -> Int { 2 * 7 * scale + 11 * scale }

    public func draw(_ stamp: BlockCode.Stamp, on picture: I420Picture) {
        BlockCode.draw(stamp, on: picture)
        guard picture.width >= 160, picture.height >= 120 else { return }
        let (number, time) = (Self.digits(stamp.number), Self.clock(stamp.milliseconds))
        let blanks = (0..<10).prefix { number[$0] == UInt8(ascii: " ") }.count
        switch placement {
        case .centre:
            let scale = Self.centreScale(picture.width, picture.height)
            let (width, height) = (Self.textWidth * scale + 8 * scale, Self.centreHeight(scale))
            let left = (picture.width - width) / 2
            let top = (picture.height - height) / 2
            Self.panel(on: picture, left: left, top: top, width: width, height: height)
            // The number's blanks are at its left: half of them go to the right.
            let middle = left + 4 * scale - blanks * 3 * scale
            Self.text(number, on: picture, left: middle, top: top + 4 * scale, scale: scale)
            Self.text(time, on: picture, left: left + 4 * scale, top: top + 14 * scale, scale: scale)
        case .bottom:
            let scale = max(1, min(picture.width / 320, picture.height / 180))
            // The number's blanks take no room.
            let digits = Self.textWidth - 6 * blanks
            let (width, height) = ((digits + Self.textWidth + 12) * scale, 11 * scale)
            let left = (picture.width - width) / 2
            let small = picture.width < 320 || picture.height < 240
            let top = picture.height - picture.height / (small ? 4 : 16) - height - 2 * scale
            Self.panel(on: picture, left: left, top: top, width: width, height: height)
            let first = left + 2 * scale - blanks * 6 * scale
            Self.text(number, on: picture, left: first, top: top + 2 * scale, scale: scale)
            Self.text(time, on: picture, left: left + (digits + 10) * scale, top: top + 2 * scale, scale: scale)
        }
    }

    /// Both texts have ten characters, six pixels apart.
    private static let textWidth = 59

    /// The number in ten places, of which at least four are digits.
    static func digits(_ number: UInt32) -> InlineArray<10, UInt8> {
        var rest = number
        var text = InlineArray<10, UInt8>(repeating: UInt8(ascii: " "))
        for place in stride(from: 9, through: 0, by: -1) where rest > 0 || place >= 6 {
            text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return text
    }

    /// A time as `h:mm:ss.cc`: hundredths of a second, and hours modulo ten.
    static func clock(_ milliseconds: UInt32) -> InlineArray<10, UInt8> {
        let seconds = milliseconds / 1000
        let fields: InlineArray<10, UInt32> = [
            seconds / 3600 % 10, 10, seconds / 600 % 6, seconds / 60 % 10, 10, seconds / 10 % 6, seconds % 10, 11,
            milliseconds / 100 % 10, milliseconds / 10 % 10,
        ]
        return InlineArray { place in
            switch fields[place] {
            case 10: UInt8(ascii: ":")
            case 11: UInt8(ascii: ".")
            default: UInt8(ascii: "0") + UInt8(fields[place])
            }
        }
    }

    /// A dark grey rectangle, on whole chroma samples.
    private static func panel(on picture: I420Picture, left: Int, top: Int, width: Int, height: Int) {
        let (left, top) = (left & ~1, top & ~1)
        let (width, height) = ((width + 1) & ~1, (height + 1) & ~1)
        for row in top..<(top + height) {
            unsafe (picture.luma + row * picture.lumaStride + left).update(repeating: 24, count: width)
        }
        for row in (top / 2)..<((top + height) / 2) {
            let offset = row * picture.chromaStride + left / 2
            unsafe (picture.blueDifference + offset).update(repeating: 128, count: width / 2)
            unsafe (picture.redDifference + offset).update(repeating: 128, count: width / 2)
        }
    }

    private static func text(
        _ text: borrowing InlineArray<10, UInt8>, on picture: I420Picture, left: Int, top: Int, scale: Int
    ) {
        for row in 0..<DigitFont.height {
            let first = unsafe picture.luma + (top + row * scale) * picture.lumaStride + left
            for place in 0..<10 {
                let line = DigitFont.line(row, of: text[place])
                for column in 0..<DigitFont.width where line >> UInt8(4 - column) & 1 == 1 {
                    for y in 0..<scale {
                        unsafe (first + y * picture.lumaStride + (place * 6 + column) * scale)
                            .update(repeating: 220, count: scale)
                    }
                }
            }
        }
    }
}
