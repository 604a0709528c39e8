/// The pictures that a test source can show, in the order of a device's menu.
public enum TestPattern: Int32, CaseIterable, Sendable {
    case colourBars
    case greyRamp
    case checkerboard
    case black

    /// The text in the menu.
    public var name: String {
        switch self {
        case .colourBars: "Colour bars"
        case .greyRamp: "Grey ramp"
        case .checkerboard: "Checkerboard"
        case .black: "Black"
        }
    }
}

/// A colour in limited-range BT.601.
struct YCbCr {
    var y: UInt8
    var u: UInt8
    var v: UInt8

    static let white = YCbCr(y: 235, u: 128, v: 128)
    static let black = YCbCr(y: 16, u: 128, v: 128)
    /// White, yellow, cyan, green, magenta, red, blue at 75 %, and black: the classic bars (ITU-R BT.1729).
    static let bars: [YCbCr] = [
        YCbCr(y: 180, u: 128, v: 128), YCbCr(y: 162, u: 44, v: 142), YCbCr(y: 131, u: 156, v: 44),
        YCbCr(y: 112, u: 72, v: 58), YCbCr(y: 84, u: 184, v: 198), YCbCr(y: 65, u: 100, v: 212),
        YCbCr(y: 35, u: 212, v: 114), .black,
    ]
}
