import CLinuxSystem

/// A moment on CLOCK_MONOTONIC, the clock of V4L2 timestamps.
public struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's start (about the boot).
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static func now() -> MonotonicTime {
        MonotonicTime(nanoseconds: linux_monotonic_now())
    }

    /// The whole seconds, as in struct timeval.
    public var seconds: Int64 { nanoseconds / 1_000_000_000 }
    /// The microseconds after the whole seconds, as in struct timeval: 0 to 999 999.
    public var microseconds: Int64 { nanoseconds % 1_000_000_000 / 1000 }

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The moment so many nanoseconds later. It stays at the last moment that can be expressed.
    public static func + (time: MonotonicTime, nanoseconds: Int64) -> MonotonicTime {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(nanoseconds)
        return MonotonicTime(nanoseconds: overflow ? (nanoseconds < 0 ? .min : .max) : sum)
    }

    /// The moment so many nanoseconds earlier. It stays at the first moment that can be expressed.
    public static func - (time: MonotonicTime, nanoseconds: Int64) -> MonotonicTime {
        let (difference, overflow) = time.nanoseconds.subtractingReportingOverflow(nanoseconds)
        return MonotonicTime(nanoseconds: overflow ? (nanoseconds < 0 ? .max : .min) : difference)
    }

    public static func + (time: MonotonicTime, duration: MonotonicDuration) -> MonotonicTime {
        time + duration.nanoseconds
    }

    public static func - (time: MonotonicTime, duration: MonotonicDuration) -> MonotonicTime {
        time - duration.nanoseconds
    }

    /// The time that passed since an earlier moment; negative when that one is later.
    public func elapsed(since earlier: MonotonicTime) -> MonotonicDuration {
        MonotonicDuration(nanoseconds: (self - earlier.nanoseconds).nanoseconds)
    }
}

/// A length of time on CLOCK_MONOTONIC.
public struct MonotonicDuration: Comparable, Hashable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static var zero: MonotonicDuration { MonotonicDuration(nanoseconds: 0) }

    public static func nanoseconds(_ count: Int64) -> MonotonicDuration {
        MonotonicDuration(nanoseconds: count)
    }

    /// It stays at the longest time that can be expressed; so do the two below.
    public static func microseconds(_ count: Int64) -> MonotonicDuration { scaled(count, 1000) }

    public static func milliseconds(_ count: Int64) -> MonotonicDuration { scaled(count, 1_000_000) }

    public static func seconds(_ count: Int64) -> MonotonicDuration { scaled(count, 1_000_000_000) }

    public static func < (left: MonotonicDuration, right: MonotonicDuration) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    private static func scaled(_ count: Int64, _ factor: Int64) -> MonotonicDuration {
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return MonotonicDuration(nanoseconds: overflow ? (count < 0 ? .min : .max) : product)
    }
}
