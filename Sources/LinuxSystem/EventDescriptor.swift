import CLinuxSystem
public import SystemPackage

/// A flag that can be waited for (eventfd(2), nonblocking). Any thread may signal it.
public struct EventDescriptor: ~Copyable, Sendable {
    /// Ready for input while signalled.
    public let descriptor: OwnedDescriptor

    /// - Throws: EMFILE; ENOMEM.
    public init() throws(Errno) {
        descriptor = OwnedDescriptor(adopting: Int32(try checked(linux_event_descriptor())))
    }

    /// Sets the flag. It cannot fail: a counter that is full is a flag that is set.
    public func signal() {
        var one: UInt64 = 1
        _ = try? retryingNonblocking { unsafe linux_write(descriptor.raw, &one, 8) }
    }

    /// Clears the flag, and says whether it was set.
    @discardableResult
    public func drain() -> Bool {
        var count: UInt64 = 0
        let result = try? retryingNonblocking { unsafe linux_read(descriptor.raw, &count, 8) }
        return (result ?? nil) != nil
    }
}
