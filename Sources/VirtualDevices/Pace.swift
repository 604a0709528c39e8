/// When a device makes or shows a frame.
public enum Pace: Hashable, Sendable, CaseIterable {
    /// At real intervals. A camera loses the frame for which no buffer is queued; a display shows the one before
    /// for longer.
    case live
    /// As soon as a buffer is queued, however many that makes in a second.
    case onDemand
}
