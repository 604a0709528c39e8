import LinuxSystem

/// So many of something in a second, and a few at once after a rest.
///
/// Times are given, and may not go back; nothing here waits.
struct TokenBucket: Sendable {
    /// Tokens that come in a second: 1 to 10^9.
    let rate: Int
    /// How many there are after a long rest: 1 to 10^9.
    let capacity: Int
    /// In nanoseconds: when the bucket would be full, if nothing were taken from now on.
    private var fullAt: Int64

    init(rate: Int, capacity: Int, at now: MonotonicTime) {
        self.rate = min(max(1, rate), Self.most)
        self.capacity = min(max(1, capacity), Self.most)
        fullAt = now.nanoseconds
    }

    /// Takes one, if there is one.
    mutating func take(at now: MonotonicTime) -> Bool {
        let next = max(fullAt, now.nanoseconds) + interval
        guard next - now.nanoseconds <= Int64(capacity) * interval else { return false }
        fullAt = next
        return true
    }

    /// Gives one back that was taken.
    mutating func giveBack() { fullAt -= interval }

    /// When there will be `count` of them, of which a bucket has no more than its capacity.
    func time(of count: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: fullAt - Int64(capacity - min(count, capacity)) * interval)
    }

    private static let most = 1_000_000_000

    /// Of one token, in nanoseconds.
    private var interval: Int64 { max(1, 1_000_000_000 / Int64(rate)) }
}
