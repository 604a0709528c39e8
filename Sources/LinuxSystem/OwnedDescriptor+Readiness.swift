import CLinuxSystem
public import SystemPackage

extension OwnedDescriptor {
    /// Waits until this one descriptor is ready (ppoll(2)).
    /// - Parameters:
    ///   - events: `.input`, `.output` or `.priority`, or several of them.
    ///   - timeout: nil waits without end, zero or less only looks.
    /// - Returns: what it is ready for, with `.error` and `.hangUp` if they hold; empty at the timeout.
    public func wait(for events: Events, timeout: MonotonicDuration? = nil) throws(Errno) -> Events {
        // The poll bits and the epoll bits are the same numbers (poll.h, eventpoll.h).
        let wanted = Int16(truncatingIfNeeded: events.rawValue & 0x7fff)
        var ready: Int16 = 0
        var remaining: Int64 = timeout.map { max(0, $0.nanoseconds) } ?? -1
        let deadline = remaining > 0 ? MonotonicTime.now() + remaining : nil
        while true {
            let result = unsafe linux_poll_one(raw, wanted, remaining, &ready)
            if result >= 0 { return Events(rawValue: UInt32(UInt16(bitPattern: ready))) }
            if result != -Int(Errno.interrupted.rawValue) { throw Errno(rawValue: CInt(-result)) }
            if let deadline { remaining = max(0, deadline.elapsed(since: .now()).nanoseconds) }
        }
    }
}
