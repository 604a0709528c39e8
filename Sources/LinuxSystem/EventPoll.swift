import CLinuxSystem
public import SystemPackage

/// What a descriptor is ready for (EPOLL*, epoll_ctl(2)), and how to be told.
public struct Events: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static var input: Events { Events(rawValue: linux_epoll_in) }
    public static var output: Events { Events(rawValue: linux_epoll_out) }
    public static var priority: Events { Events(rawValue: linux_epoll_priority) }
    /// Always reported, asked for or not.
    public static var error: Events { Events(rawValue: linux_epoll_error) }
    /// Always reported, asked for or not.
    public static var hangUp: Events { Events(rawValue: linux_epoll_hang_up) }
    public static var readHangUp: Events { Events(rawValue: linux_epoll_read_hang_up) }
    public static var edgeTriggered: Events { Events(rawValue: linux_epoll_edge_triggered) }
    public static var oneShot: Events { Events(rawValue: linux_epoll_one_shot) }
}

/// A set of descriptors to wait for (epoll(7)).
///
/// It doesn't own what is added to it: remove a descriptor before it is closed, because a duplicate
/// elsewhere keeps the entry alive.
public struct EventPoll: ~Copyable, Sendable {
    public let descriptor: OwnedDescriptor

    /// - Throws: EMFILE; ENOMEM.
    public init() throws(Errno) {
        descriptor = OwnedDescriptor(adopting: Int32(try checked(linux_epoll_create())))
    }

    /// Adds a descriptor. `token` comes back with each of its events.
    /// - Throws: EEXIST; EBADF; EPERM when the file can't be waited for; ENOSPC.
    public func add(_ raw: Int32, events: Events, token: UInt64) throws(Errno) {
        try checked(linux_epoll_add(descriptor.raw, raw, events.rawValue, token))
    }

    /// Changes what a descriptor is waited for, and its token.
    /// - Throws: ENOENT when it isn't in the set; EBADF.
    public func modify(_ raw: Int32, events: Events, token: UInt64) throws(Errno) {
        try checked(linux_epoll_modify(descriptor.raw, raw, events.rawValue, token))
    }

    /// - Throws: ENOENT when it isn't in the set; EBADF.
    public func remove(_ raw: Int32) throws(Errno) {
        try checked(linux_epoll_remove(descriptor.raw, raw))
    }

    /// Waits until something is ready, and puts it in the batch, which replaces its content.
    /// - Parameter timeout: nil waits without end, zero or less doesn't wait. At the timeout the batch
    ///   is empty.
    public func wait(into batch: inout EventBatch, timeout: MonotonicDuration? = nil) throws(Errno) {
        batch.count = 0
        var remaining: Int64 = timeout.map { max(0, $0.nanoseconds) } ?? -1
        let deadline = remaining > 0 ? MonotonicTime.now() + remaining : nil
        while true {
            let result = unsafe linux_epoll_wait(
                descriptor.raw, batch.storage, Int32(EventBatch.capacity), remaining)
            if result >= 0 {
                batch.count = result
                return
            }
            if result != -Int(Errno.interrupted.rawValue) { throw Errno(rawValue: CInt(-result)) }
            if let deadline { remaining = max(0, deadline.elapsed(since: .now()).nanoseconds) }
        }
    }
}

/// Room for the events of one wait; made once and used again, with no allocation.
///
/// `@unchecked Sendable` because it is the only owner of its memory, and it can't be copied.
@safe
public struct EventBatch: ~Copyable, @unchecked Sendable {
    public static var capacity: Int { 64 }

    @unsafe let storage: UnsafeMutablePointer<linux_event>
    /// How many events there are.
    public internal(set) var count = 0

    public init() {
        unsafe storage = .allocate(capacity: Self.capacity)
        unsafe storage.initialize(repeating: linux_event(), count: Self.capacity)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// - Precondition: 0 ..< ``count``.
    public subscript(index: Int) -> (token: UInt64, events: Events) {
        precondition(index >= 0 && index < count, "No event with this index.")
        let event = unsafe storage[index]
        return (event.token, Events(rawValue: event.events))
    }
}
