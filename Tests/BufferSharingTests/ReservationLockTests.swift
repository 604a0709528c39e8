import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

/// Locks of reservations, taken by threads that are led step by step.
@Suite struct ReservationLockTests {
    let first = Reservation()
    let second = Reservation()

    @Test func locksAreHeldForTheCall() throws {
        let value = try Reservation.withAll(locked: [first, second, first]) { held throws(BufferSharingError) in
            #expect(held.count == 2)
            let holdsEach = [first, second, Reservation()].map { held.holds($0) }
            #expect(holdsEach == [true, true, false])
            expectTaken([first, second])
            let signal = FenceSignal()
            held.withLocked(first) { $0.add(signal.fence, .read) }
            #expect(!first.test(for: .write))
            #expect(second.test(for: .write))
            #expect(held.withLocked(second) { $0.reservation } === second)
            // Held already: nothing to wait for.
            let continuity = try held.lock([second, first])
            #expect(continuity == .kept)
            return 5
        }
        #expect(value == 5)
        expectFree([first, second])
        first.withLock { held in
            expectTaken([held.reservation])
            expectFree([second])
        }
        expectFree([first])
    }

    @Test func whatTheBodyThrowsUnlocks() {
        let error = BufferSharingError(.detached, errno: .invalidArgument, context: "body")
        #expect(throws: error) {
            try Reservation.withAll(locked: [first, second]) { held throws(BufferSharingError) in throw error }
        }
        #expect(throws: Errno.ioError) { try first.withLock { _ throws(Errno) in throw Errno.ioError } }
        expectFree([first, second])
    }

    @Test func aContextCanBeUsedAgain() throws {
        var context = ReservationContext()
        try context.lock([first])
        context.unlockAll()
        #expect(context.count == 0)
        expectFree([first])
        try context.lock([second, first])
        #expect(context.count == 2)
        context.unlockAll()
        context.unlockAll()
        expectFree([first, second])
    }

    @Test func onlyAFreeOneIsTakenWithoutWaiting() throws {
        var context = ReservationContext()
        var other = ReservationContext()
        var taken = [context.lockIfFree(first), context.lockIfFree(first)]
        taken += [other.lockIfFree(first), other.lockIfFree(second), context.lockIfFree(second)]
        #expect(taken == [true, true, false, true, false])
        #expect(context.count == 1)
        // Nobody was wounded by asking, and would give way now.
        let third = Reservation()
        var holder = ReservationContext()
        try holder.lock([third])
        expectCode(.system, .timedOut) { try other.lock([third], until: MonotonicTime(nanoseconds: 0)) }
        #expect(other.count == 0)
    }

    @Test func aDeadlineLeavesNothingLocked() throws {
        var holder = ReservationContext()
        try holder.lock([second])
        var late = ReservationContext()
        try late.lock([first])
        let deadline = MonotonicTime.now() + MonotonicDuration.milliseconds(2)
        expectCode(.system, .timedOut) { try late.lock([second], until: deadline) }
        #expect(MonotonicTime.now() >= deadline)
        #expect(late.count == 0)
        #expect(second.waiterCount == 0)
        expectFree([first])
        expectTaken([second])
        expectCode(.system, .timedOut) {
            try Reservation.withAll(locked: [first, second], until: MonotonicTime(nanoseconds: 0)) { _ in }
        }
        expectFree([first])
        holder.unlockAll()
        try late.lock([first, second], until: MonotonicTime(nanoseconds: 0))
        #expect(late.count == 2)
    }

    /// Two exporters, each with a buffer of its own locked, want the other's: the younger gives way.
    @Test func theOlderWoundsTheYounger() throws {
        let order = Locked<[String]>([])
        var older = ReservationContext()
        try older.lock([first])
        let younger = try Worker { [first, second] in
            var younger = ReservationContext()
            try younger.lock([second])
            let continuity = try younger.lock([first])
            order.withLock { $0.append("younger") }
            return (continuity, younger.count)
        }
        awaitWaiter(first)
        // The younger one sleeps, and holds what is wanted here.
        let kept = try older.lock([second], until: farDeadline)
        order.withLock { $0.append("older") }
        #expect(kept == .kept)
        let holdsBoth = [first, second].map { older.holds($0) }
        #expect(holdsBoth == [true, true])
        older.unlockAll()
        let (continuity, count) = try younger.join()
        #expect(continuity == .retaken)
        #expect(count == 2)
        #expect(order.withLock { $0 } == ["older", "younger"])
    }

    /// A younger one that needn't wait any more finishes first, although it was wounded.
    @Test func theWoundedGoesOnIfItCan() throws {
        let older = KeptContext()
        var younger = ReservationContext()
        try younger.lock([second])
        let waiter = try Worker { [second] in
            var older = try older.take()
            return try older.lock([second])
        }
        awaitWaiter(second)
        let continuity = try younger.lock([first])
        #expect(continuity == .kept)
        #expect(younger.count == 2)
        younger.unlockAll()
        #expect(try waiter.join() == .kept)
    }

    /// The lock goes to the oldest that waits, in whatever order they came.
    @Test func theOldestWaiterIsNext() throws {
        var holder = ReservationContext()
        try holder.lock([first])
        let contexts = (0..<3).map { _ in KeptContext() }
        let order = Locked<[Int]>([])
        var waiters: [Worker<Void>] = []
        for (arrived, age) in [1, 2, 0].enumerated() {
            waiters.append(
                try Worker { [first] in
                    var context = try contexts[age].take()
                    try context.lock([first])
                    order.withLock { $0.append(age) }
                })
            while first.waiterCount <= arrived { sched_yield() }
        }
        holder.unlockAll()
        for waiter in waiters { try waiter.join() }
        #expect(order.withLock { $0 } == [0, 1, 2])
    }

    private func awaitWaiter(_ reservation: Reservation) {
        while reservation.waiterCount == 0 { sched_yield() }
    }

    private func expectTaken(_ reservations: [Reservation], sourceLocation: SourceLocation = #_sourceLocation) {
        for reservation in reservations {
            var context = ReservationContext()
            let isFree = context.lockIfFree(reservation)
            #expect(!isFree, sourceLocation: sourceLocation)
        }
    }

    private func expectFree(_ reservations: [Reservation], sourceLocation: SourceLocation = #_sourceLocation) {
        for reservation in reservations {
            var context = ReservationContext()
            let isFree = context.lockIfFree(reservation)
            #expect(isFree, sourceLocation: sourceLocation)
        }
    }
}

/// A context that can be kept where only copies can, until a thread takes it.
private final class KeptContext: Sendable {
    private let context = Locked<ReservationContext?>(ReservationContext())

    func take() throws -> ReservationContext {
        guard let context = context.withLock({ $0.take() }) else { throw Errno.noSuchProcess }
        return context
    }
}
