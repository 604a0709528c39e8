public import LinuxSystem
public import PixelFormats

/// The clock of a live camera: a grid of moments at which frames are due.
///
/// The moments are start + n × interval, each computed from the start in exact arithmetic and then cut to
/// nanoseconds, so that no error adds up. It reads no clock: the time is always handed in.
public struct FramePacer: Sendable, Hashable {
    /// When the first frame was due.
    public let start: MonotonicTime
    /// Seconds from one frame to the next.
    public let interval: Rational
    /// How many moments of the grid are behind us.
    public private(set) var position: UInt64 = 0

    /// - Precondition: an interval above 0.
    public init(start: MonotonicTime, interval: Rational) {
        precondition(interval.numerator > 0 && interval.denominator > 0, "a frame interval is above 0")
        self.start = start
        self.interval = interval
    }

    /// When the next frame is due.
    public var nextDue: MonotonicTime { moment(position) }

    /// How many moments have come and are not behind us yet.
    public func dueCount(at now: MonotonicTime) -> UInt64 {
        guard now >= nextDue else { return 0 }
        // Moment n has come if n × interval, cut to nanoseconds, is at most the time since the start.
        let elapsed = UInt128(now.elapsed(since: start).nanoseconds.magnitude)
        let last = ((elapsed + 1) * UInt128(interval.denominator) - 1) / unit
        return UInt64(clamping: last) - position + 1
    }

    /// Leaves `count` moments behind.
    public mutating func advance(by count: UInt64) {
        position += count
    }

    /// A grid of another interval that goes on at this one's next moment.
    public func changed(to interval: Rational) -> FramePacer {
        FramePacer(start: nextDue, interval: interval)
    }

    private func moment(_ index: UInt64) -> MonotonicTime {
        start + Int64(clamping: UInt128(index) * unit / UInt128(interval.denominator))
    }

    /// The interval in nanoseconds, times the denominator.
    private var unit: UInt128 { UInt128(interval.numerator) * 1_000_000_000 }
}
