import BufferSharing
import Glibc
import LinuxSystem
import RandomSupport
import Synchronization
import Testing

/// Threads that lock random sets of buffers in random orders. That it ends shows that nobody waits for ever.
@Suite struct ReservationStressTests {
    private static let threads = 6
    private static let buffers = 5
    private static let roundsPerThread = 6000

    @Test func randomSetsInRandomOrders() throws {
        let seed = UInt64.random(in: 1...1_000_000)
        let table = (0..<Self.buffers).map { _ in GuardedBuffer() }
        let workers = try (0..<Self.threads).map { number in
            try Worker { try work(number + 1, seed: seed, table) }
        }
        var total = Tally()
        for worker in workers { total.add(try worker.join()) }
        let outcome = "seed \(seed): \(total)"
        print("ReservationStressTests: \(outcome)")
        #expect(total.collisions == 0, "\(outcome)")
        #expect(total.wrong == 0, "\(outcome)")
        #expect(total.acquisitions >= 100_000, "\(outcome)")
        // That there was something to sort out.
        #expect(total.retaken > 0, "\(outcome)")
        #expect(total.late > 0, "\(outcome)")
        // Each acquisition of a buffer was counted there too, without an atomic: nobody came between.
        #expect(table.reduce(0) { $0 + $1.count } == total.acquisitions, "\(outcome)")
        for buffer in table { #expect(buffer.reservation.waiterCount == 0, "\(outcome)") }
    }

    /// What one thread does.
    private func work(_ thread: Int, seed: UInt64, _ table: [GuardedBuffer]) throws -> Tally {
        var random = SeededGenerator(seed: seed &* 1000 &+ UInt64(thread))
        var tally = Tally()
        for _ in 0..<Self.roundsPerThread {
            var context = ReservationContext()
            var inside: [GuardedBuffer] = []
            for step in 0..<Int.random(in: 1...2, using: &random) {
                let wanted = table.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
                let isHurried = Int.random(in: 0..<8, using: &random) == 0
                let patience = Int64.random(in: 0...100, using: &random)
                let deadline = isHurried ? MonotonicTime.now() + MonotonicDuration.microseconds(patience) : nil
                do throws(BufferSharingError) {
                    // Some are in the list twice, or held already.
                    let list = wanted.map(\.reservation) + wanted.prefix(1).map(\.reservation)
                    let continuity = try context.lock(list, until: deadline)
                    if continuity == .retaken { tally.retaken += 1 }
                    if step == 0, continuity != .kept { tally.wrong += 1 }
                } catch {
                    guard error.errno == .timedOut, context.count == 0 else { throw error }
                    tally.late += 1
                    break
                }
                for buffer in wanted where !inside.contains(where: { $0 === buffer }) { inside.append(buffer) }
                if context.count != inside.count { tally.wrong += 1 }
                tally.acquisitions += inside.count
                tally.collisions += inside.count { !$0.enter(thread) }
                if Bool.random(using: &random) { sched_yield() }
                tally.collisions += inside.count { !$0.leave(thread) }
            }
        }
        return tally
    }

    private struct Tally: Sendable {
        var acquisitions = 0
        var retaken = 0
        var late = 0
        /// Two were in one buffer.
        var collisions = 0
        /// Not as many locks as were asked for, or lost ones where there were none.
        var wrong = 0

        mutating func add(_ other: Tally) {
            acquisitions += other.acquisitions
            retaken += other.retaken
            late += other.late
            collisions += other.collisions
            wrong += other.wrong
        }
    }
}

/// A buffer, and who is in it.
///
/// `@unchecked Sendable` because the reservation's lock guards the count: that is what the test is about.
private final class GuardedBuffer: @unchecked Sendable {
    let reservation = Reservation()
    private let user = Atomic<Int>(0)
    private(set) var count = 0

    /// Enters, and says whether it was empty.
    func enter(_ thread: Int) -> Bool {
        count += 1
        return user.exchange(thread, ordering: .relaxed) == 0
    }

    /// Leaves, and says whether nobody else came meanwhile.
    func leave(_ thread: Int) -> Bool { user.exchange(0, ordering: .relaxed) == thread }
}
