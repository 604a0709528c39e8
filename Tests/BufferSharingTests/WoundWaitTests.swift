import Testing

@testable import BufferSharing

/// What the two state machines of a lock decide, case by case. What follows from it: ReservationExhaustiveTests.
@Suite struct WoundWaitTests {
    @Test func aFreeLockIsAnybodys() {
        var lock = WoundWait<Int>()
        let decisions = [lock.acquire(5, isWounded: false), lock.acquire(5, isWounded: true)]
        #expect(decisions == [.granted, .alreadyHeld])
        #expect(lock.holder == 5)
        let next = lock.release()
        #expect(next == nil)
        #expect(lock == WoundWait())
        // Nothing is gained by backing off from what can be had.
        let decision = lock.acquire(6, isWounded: true)
        #expect(decision == .granted)
    }

    @Test func onlyTheOlderWounds() {
        var lock = WoundWait<Int>()
        let decisions = [5, 6, 4].map { lock.acquire($0, isWounded: false) }
        #expect(decisions == [.granted, .wait(wounding: nil), .wait(wounding: 5)])
        #expect(lock.waiters == [4, 6])
    }

    @Test func theWoundedDoesNotWait() {
        var lock = WoundWait<Int>()
        let decisions = [5, 4, 6].map { lock.acquire($0, isWounded: $0 != 5) }
        #expect(decisions == [.granted, .backOff, .backOff])
        #expect(lock.waiters == [])
    }

    @Test func theOldestWaiterIsNext() {
        var lock = WoundWait<Int>()
        for acquirer in [5, 7, 4, 6] { _ = lock.acquire(acquirer, isWounded: false) }
        let next = lock.release()
        #expect(next == 4)
        #expect(lock.holder == 4)
        #expect(lock.waiters == [6, 7])
    }

    @Test func aWaitCanEndEarly() {
        var lock = WoundWait<Int>()
        for acquirer in [5, 6, 7] { _ = lock.acquire(acquirer, isWounded: false) }
        let withdrawn = [lock.withdraw(6), lock.withdraw(6)]
        #expect(withdrawn == [true, false])
        let next = lock.release()
        #expect(next == 7)
        // Too late: it is the holder by now.
        let isWithdrawn = lock.withdraw(7)
        #expect(!isWithdrawn)
        #expect(lock.holder == 7)
    }

    @Test func askingIsNotWaiting() {
        var lock = WoundWait<Int>()
        let taken = [5, 5, 4].map { lock.acquireIfFree($0) }
        #expect(taken == [true, true, false])
        #expect(lock.waiters == [])
        #expect(lock.holder == 5)
    }

    @Test func theContendedLockComesFirstAfterABackOff() {
        var sequence = AcquireSequence()
        sequence.want([3, 1, 3, 2, 4])
        #expect(sequence.wanted == [3, 1, 2, 4])
        sequence.granted()
        sequence.granted()
        sequence.want([1, 5])
        #expect(sequence.next == 2)
        let released = sequence.backOff()
        #expect(released == [3, 1])
        #expect(sequence.held == [])
        #expect(sequence.wanted == [2, 3, 1, 4, 5])
        sequence.granted()
        let rest = sequence.giveUp()
        #expect(rest == [2])
        #expect(sequence == AcquireSequence())
    }
}
