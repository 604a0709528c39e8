/// The frame sizes that a device offers: from a smallest to a largest, in steps.
///
/// Counterpart of `v4l2_frmsize_stepwise`.
public struct SizeRange: Hashable, Sendable {
    public var minimum: FrameSize
    public var maximum: FrameSize
    /// The step in each direction, counted from the minimum; at least 1.
    public var step: FrameSize

    public init(minimum: FrameSize, maximum: FrameSize, step: FrameSize) {
        self.minimum = minimum
        self.maximum = maximum
        self.step = step
    }

    /// What our devices offer: 48x32 to 3840x2160 in steps of 2x2, so that subsampled chroma always fits.
    public static let standard = SizeRange(
        minimum: FrameSize(width: 48, height: 32), maximum: FrameSize(width: 3840, height: 2160),
        step: FrameSize(width: 2, height: 2))

    /// The nearest size that is offered; of two that are equally near, the larger.
    public func clamp(_ size: FrameSize) -> FrameSize {
        FrameSize(
            width: Self.clamp(size.width, minimum.width, maximum.width, step.width),
            height: Self.clamp(size.height, minimum.height, maximum.height, step.height))
    }

    /// Whether this very size is offered.
    public func contains(_ size: FrameSize) -> Bool {
        clamp(size) == size
    }

    private static func clamp(_ value: UInt32, _ low: UInt32, _ high: UInt32, _ step: UInt32) -> UInt32 {
        guard value > low, high > low else { return low }
        let step = max(step, 1)
        let last = (high - low) / step
        // The distance is below `high`, or cut to it, so that adding half a step can't overflow.
        let distance = UInt64(min(value, high) - low)
        return low + min(UInt32((distance + UInt64(step / 2)) / UInt64(step)), last) * step
    }
}
