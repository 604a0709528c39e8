public import LinuxSystem

/// Who uses a buffer, and who may change that: the counterpart of `struct dma_resv`.
///
/// It has the fences of the work that is under way on the buffer, which anybody may look at and wait for, and a lock
/// for whoever adds to them or moves the memory. Locks of several buffers are taken together, in any order, without
/// deadlock: see ``ReservationContext``. So two exporters may evict each other's buffers.
///
/// Within one process. For others a fence travels as a descriptor.
public final class Reservation: Sendable {
    private let lock = Locked(WoundWait<AcquireTicket>())
    private let list = Locked(FenceList())

    public init() {}

    /// The fences, of now, that have to be done before the buffer may be used in this way: before a read, all
    /// writes; before a write, everything. Those that are done aren't among them, however they ended.
    public func fences(for usage: FenceUsage) -> [Fence] {
        list.withLock { $0.pending(for: usage) }
    }

    /// The same as one fence (DMA_BUF_IOCTL_EXPORT_SYNC_FILE). What is added later isn't in it.
    public func fence(for usage: FenceUsage) -> Fence {
        .merging(fences(for: usage), name: "reservation")
    }

    /// Whether the buffer may be used in this way now (dma_resv_test_signaled).
    public func test(for usage: FenceUsage) -> Bool {
        fences(for: usage).isEmpty
    }

    /// Waits until all that is under way now, and in the way of this usage, is done (dma_resv_wait_timeout). That some
    /// of it failed is told by the fence, to those who hold it.
    /// - Throws: `.system`: ETIMEDOUT at the deadline; ENOMEM.
    public func wait(for usage: FenceUsage, until deadline: MonotonicTime? = nil) throws(BufferSharingError) {
        for fence in fences(for: usage) { try fence.wait(until: deadline) }
    }

    /// Locks this one for the time of the call. Waits for as long as that takes.
    ///
    /// Whoever holds a lock already doesn't call this, but adds to what it holds, with
    /// ``ReservationContext/lock(_:until:)``: two contexts of one thread can wait for each other.
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (borrowing LockedReservation) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var context = ReservationContext()
        context.lockWaiting([self])
        return try context.withLocked(self, body)
    }

    /// Locks several for the time of the call. The list may be in any order, and name one more than once.
    /// - Throws: `.system` (ETIMEDOUT) at the deadline, with none locked; what the body throws.
    public static func withAll<Result: ~Copyable>(
        locked reservations: [Reservation], until deadline: MonotonicTime? = nil,
        _ body: (inout ReservationContext) throws(BufferSharingError) -> Result
    ) throws(BufferSharingError) -> Result {
        var context = ReservationContext()
        try context.lock(reservations, until: deadline)
        return try body(&context)
    }

    /// How many wait for the lock.
    package var waiterCount: Int { lock.withLock { $0.waiters.count } }

    func add(_ fence: Fence, _ usage: FenceUsage) {
        list.withLock { $0.add(fence, usage) }
    }
}

/// What the state machine decides, done to the tickets.
extension Reservation {
    func acquire(_ ticket: AcquireTicket, isWounded: Bool) -> WoundWait<AcquireTicket>.Decision {
        let (decision, wounded) = lock.withLock { lock in
            let decision = lock.acquire(ticket, isWounded: isWounded)
            if case .wait(let holder?) = decision, holder.wound() { return (decision, holder as AcquireTicket?) }
            return (decision, nil)
        }
        wounded?.wake()
        return decision
    }

    func acquireIfFree(_ ticket: AcquireTicket) -> Bool {
        lock.withLock { $0.acquireIfFree(ticket) }
    }

    /// - Returns: false when the ticket has the lock after all.
    func withdraw(_ ticket: AcquireTicket) -> Bool {
        lock.withLock { $0.withdraw(ticket) }
    }

    func release() {
        let next = lock.withLock { lock in
            let next = lock.release()
            next?.grant()
            return next
        }
        next?.wake()
    }
}
