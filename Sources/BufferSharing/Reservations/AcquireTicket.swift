import LinuxSystem
import Synchronization

/// The age of an acquirer, and the place where it sleeps (struct ww_acquire_ctx).
///
/// It sleeps for one lock at a time. Whoever changes its word does so while it has that lock's state to itself, so
/// that nothing arrives later than the news that it is out of date.
final class AcquireTicket: Comparable, Sendable {
    /// Lower is older.
    private let number: UInt64
    private let news = FutexWord()

    private static let lastNumber = Atomic<UInt64>(0)
    private static var granted: UInt32 { 1 }
    private static var wounded: UInt32 { 2 }

    init() {
        number = Self.lastNumber.add(1, ordering: .relaxed).newValue
    }

    static func == (left: AcquireTicket, right: AcquireTicket) -> Bool { left === right }
    static func < (left: AcquireTicket, right: AcquireTicket) -> Bool { left.number < right.number }

    /// Whether an older acquirer waits for what this one holds.
    var isWounded: Bool { news.value & Self.wounded != 0 }

    /// The lock that it sleeps for is its own now.
    func grant() { news.set(bits: Self.granted) }

    /// An older acquirer waits for it.
    /// - Returns: whether that is news.
    func wound() -> Bool { news.set(bits: Self.wounded) & Self.wounded == 0 }

    func wake() { news.wake(count: 1) }

    /// Takes note that a lock was granted.
    func acceptGrant() { news.clear(bits: Self.granted) }

    /// Nothing is held any more, so nobody can wait for it.
    func heal() { news.clear(bits: Self.wounded) }

    enum News {
        case granted
        case wounded
        case timedOut
    }

    /// Sleeps until there is something to do. Being granted comes first.
    func sleep(until deadline: MonotonicTime?) -> News {
        while true {
            let value = news.value
            if value & Self.granted != 0 { return .granted }
            if value & Self.wounded != 0 { return .wounded }
            if !news.wait(while: value, until: deadline) { return .timedOut }
        }
    }
}
