/// What a viewer may change about a picture: the usual controls of a camera, with the ranges and defaults that
/// the kernel's test driver has (`vivid-ctrls.c`).
public struct PictureAdjustments: Hashable, Sendable {
    /// 0 to 255: `brightness - 128` is added to the luma. Default 128.
    public var brightness: Int32 = 128
    /// 0 to 255: the distance of the luma from mid-grey is multiplied by `contrast / 128`. Default 128.
    public var contrast: Int32 = 128
    /// 0 to 255: chroma is multiplied by `saturation / 128`; 0 makes a grey picture. Default 128.
    public var saturation: Int32 = 128
    /// -128 to 128: chroma is turned by `hue / 128` of half a turn. Default 0.
    public var hue: Int32 = 0
    /// Mirrored left to right.
    public var horizontalFlip = false
    /// Upside down.
    public var verticalFlip = false
    /// Which test pattern is shown: an index into `TestPattern.allCases`. Sources that have none ignore it.
    public var pattern: Int32 = 0

    public init() {}

    /// Whether the luma stays as it is.
    var keepsLuma: Bool { brightness == 128 && contrast == 128 }
    /// Whether the chroma stays as it is.
    var keepsChroma: Bool { saturation == 128 && hue == 0 }
    /// Whether the colours of the picture stay as they are; flips and the pattern don't count.
    public var keepsColours: Bool { keepsLuma && keepsChroma }
    /// Whether either flip is on.
    public var flips: Bool { horizontalFlip || verticalFlip }
}
