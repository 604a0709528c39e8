import CLinuxSystem
public import SystemPackage

/// A timer on CLOCK_MONOTONIC that can be waited for (timerfd_create(2), nonblocking).
public struct TimerDescriptor: ~Copyable, Sendable {
    /// Ready for input once the time has come, until it is drained.
    public let descriptor: OwnedDescriptor

    /// - Throws: EMFILE; ENOMEM.
    public init() throws(Errno) {
        descriptor = OwnedDescriptor(adopting: Int32(try checked(linux_timer_descriptor())))
    }

    /// Sets the moment, which replaces the one before. A moment in the past fires at once.
    /// - Parameter interval: when it fires again after that, or nil for once.
    public func arm(at time: MonotonicTime, every interval: MonotonicDuration? = nil) throws(Errno) {
        // A zero would disarm it.
        let moment = max(1, time.nanoseconds)
        try checked(linux_timer_arm(descriptor.raw, moment, max(0, interval?.nanoseconds ?? 0)))
    }

    /// Forgets the moment.
    public func disarm() throws(Errno) {
        try checked(linux_timer_arm(descriptor.raw, 0, 0))
    }

    /// How often it fired since it was last drained; 0 when it didn't.
    @discardableResult
    public func drain() throws(Errno) -> UInt64 {
        var count: UInt64 = 0
        let result = try retryingNonblocking { unsafe linux_read(descriptor.raw, &count, 8) }
        return result == nil ? 0 : count
    }
}
