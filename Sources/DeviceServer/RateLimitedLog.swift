import LinuxSystem

/// Lines that a stranger can cause: a few at once, then one a second, so that nobody fills the log.
struct RateLimitedLog: Sendable {
    private var bucket: TokenBucket
    private var leftOut = 0

    init(at now: MonotonicTime) {
        bucket = TokenBucket(rate: 1, capacity: 5, at: now)
    }

    /// - Returns: nil: not now; else what to add to the line, which says how many were left out before it.
    mutating func mayWrite(at now: MonotonicTime) -> String? {
        guard bucket.take(at: now) else {
            leftOut += 1
            return nil
        }
        defer { leftOut = 0 }
        return leftOut == 0 ? "" : " (and \(leftOut) lines like it)"
    }
}
