import LinuxSystem
import PixelFormats

/// When a device makes its next frame, and which number it has: all that a stream knows of time.
///
/// It reads no clock, and touches no buffer.
struct FrameClock {
    /// What a device has to do now.
    enum Step: Equatable {
        /// Make a frame; then wait for the next moment.
        case frame(next: MonotonicTime)
        /// Wait for the next moment.
        case wait(until: MonotonicTime)
        /// Wait for a buffer: nothing else can happen before.
        case starve
    }

    /// When the device was first called, which is when the first frame is due.
    private(set) var start: MonotonicTime?
    /// The number of the next frame. Frames that nobody gets are counted too, as a sensor does.
    private(set) var sequence: UInt32 = 0
    /// Frames that were due while no buffer was queued.
    private(set) var starvedCount = 0
    /// Frames that were left out because the device was called too late for them.
    private(set) var lateCount = 0
    /// Once a live device was called.
    private var pacer: FramePacer?
    /// The last frame that was due found no buffer, and none was seen since.
    private var isStarved = false

    /// The device was called.
    mutating func begin(at now: MonotonicTime) {
        if start == nil { start = now }
    }

    /// What a live device has to do.
    mutating func step(at now: MonotonicTime, interval: Rational, hasBuffer: Bool) -> Step {
        var pacer = pacer ?? FramePacer(start: now, interval: interval)
        let due = pacer.dueCount(at: now)
        pacer.advance(by: due)
        self.pacer = pacer

        if isStarved || !hasBuffer {
            // While nobody gave room, every frame that came due is gone; with room, the next is made in time.
            skip(due)
            starvedCount += Int(clamping: due)
            if due > 0 || isStarved { isStarved = !hasBuffer }
            return isStarved ? .starve : .wait(until: pacer.nextDue)
        }
        guard due > 0 else { return .wait(until: pacer.nextDue) }
        skip(due - 1)
        lateCount += Int(clamping: due - 1)
        return .frame(next: pacer.nextDue)
    }

    /// The frame was made.
    mutating func advance() { skip(1) }

    /// The next frame is due when it was; those after it at the new interval.
    mutating func change(interval: Rational) {
        pacer = pacer?.changed(to: interval)
    }

    private mutating func skip(_ count: UInt64) {
        sequence &+= UInt32(truncatingIfNeeded: count)
    }
}
