public import LinuxSystem

/// Locks of several reservations, taken together without deadlock: the counterpart of `struct ww_acquire_ctx`, with
/// the dance of `ww_mutex_lock`, EDEADLK and `ww_mutex_lock_slow` inside.
///
/// A context is as old as its making, and the older has the right of way (see ``WoundWait``). All is unlocked when it
/// goes away. Use one context at a time in a thread, and don't keep it: those who wait can't go on.
public struct ReservationContext: ~Copyable, Sendable {
    private let ticket = AcquireTicket()
    /// By the numbers of the sequence.
    private var reservations: [Reservation] = []
    private var sequence = AcquireSequence()

    public init() {}

    deinit {
        for index in sequence.held { reservations[index].release() }
    }

    /// What became of the locks that were held before.
    public enum Continuity: Hashable, Sendable {
        /// They were held all the time.
        case kept
        /// An older context needed one, so all were given up and taken again: what was learnt under them may be out
        /// of date.
        case retaken
    }

    /// How many reservations are locked.
    public var count: Int { sequence.held.count }

    /// Whether this context has the lock.
    public func holds(_ reservation: Reservation) -> Bool {
        sequence.held.contains { reservations[$0] === reservation }
    }

    /// Lends a reservation that is locked, to change it. The loan ends before the lock can.
    /// - Precondition: this context ``holds(_:)`` it.
    public func withLocked<Result: ~Copyable, Failure: Error>(
        _ reservation: Reservation, _ body: (borrowing LockedReservation) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(holds(reservation), "A reservation that isn't locked by this context.")
        // A constant, because the optimizer of Swift 6.3 aborts on a temporary that is only borrowed.
        let locked = LockedReservation(reservation)
        return try body(locked)
    }

    /// Locks more reservations, and sleeps until they are free. One that is locked by this context already, or is
    /// twice in the list, is locked once.
    /// - Parameter deadline: nil for none.
    /// - Returns: whether the locks that were held before were held all the time.
    /// - Throws: `.system` (ETIMEDOUT) at the deadline. Then nothing is locked, also of what was before.
    @discardableResult
    public mutating func lock(
        _ more: [Reservation], until deadline: MonotonicTime? = nil
    ) throws(BufferSharingError) -> Continuity {
        want(more)
        guard let continuity = acquireAll(until: deadline) else {
            throw .system(.timedOut, "lock of reservations")
        }
        return continuity
    }

    /// As ``lock(_:until:)`` without a deadline, which can't fail.
    mutating func lockWaiting(_ more: [Reservation]) {
        want(more)
        _ = acquireAll(until: nil)
    }

    /// Locks one more if it is free, and neither waits nor takes it from anybody (dma_resv_trylock).
    /// - Returns: whether this context holds it now.
    public mutating func lockIfFree(_ reservation: Reservation) -> Bool {
        guard reservation.acquireIfFree(ticket) else { return false }
        want([reservation])
        if sequence.next != nil { sequence.granted() }
        return true
    }

    /// Unlocks all. The context keeps its age.
    public mutating func unlockAll() {
        release(sequence.giveUp())
        reservations = []
    }

    private mutating func want(_ more: [Reservation]) {
        for reservation in more where !reservations.contains(where: { $0 === reservation }) {
            reservations.append(reservation)
        }
        sequence.want(reservations.indices)
    }

    /// - Returns: nil when the deadline came first; then nothing is held.
    private mutating func acquireAll(until deadline: MonotonicTime?) -> Continuity? {
        let heldBefore = sequence.held
        var continuity = Continuity.kept
        while let index = sequence.next {
            switch acquire(reservations[index], until: deadline) {
            case .granted:
                sequence.granted()
            case .backOff:
                release(sequence.backOff())
                if !heldBefore.isEmpty { continuity = .retaken }
            case .timedOut:
                unlockAll()
                return nil
            }
        }
        return continuity
    }

    private enum Attempt {
        case granted
        case backOff
        case timedOut
    }

    /// Takes one, and sleeps for it if need be.
    private func acquire(_ reservation: Reservation, until deadline: MonotonicTime?) -> Attempt {
        switch reservation.acquire(ticket, isWounded: ticket.isWounded) {
        case .granted, .alreadyHeld: return .granted
        case .backOff: return .backOff
        case .wait: break
        }
        let news = ticket.sleep(until: deadline)
        if news != .granted, reservation.withdraw(ticket) { return news == .wounded ? .backOff : .timedOut }
        ticket.acceptGrant()
        return .granted
    }

    private func release(_ indices: [Int]) {
        for index in indices { reservations[index].release() }
        ticket.heal()
    }
}
