/// A reservation whose lock is held, which is what it takes to change it. It can't be kept: it is only ever lent.
public struct LockedReservation: ~Copyable {
    public let reservation: Reservation

    init(_ reservation: Reservation) {
        self.reservation = reservation
    }

    /// Adds work that is under way on the buffer (dma_resv_add_fence). Fences that are done, and earlier ones of the same
    /// timeline, are dropped.
    public func add(_ fence: Fence, _ usage: FenceUsage) {
        reservation.add(fence, usage)
    }
}
