import LinuxSystem

/// What is known of a fence in this process: a word, which changes once for good and can be slept on.
struct FenceCompletion: ~Copyable, Sendable {
    private let word = FutexWord(Self.pending)

    private static var pending: UInt32 { 0 }
    /// Pending, and somebody sleeps.
    private static var awaited: UInt32 { 1 }
    /// From here on the errno follows; 0 for none.
    private static var done: UInt32 { 2 }

    /// What is known. No system call.
    var status: Fence.Status? { Self.status(of: word.value) }

    /// Makes it known, unless something is already. A system call only if somebody sleeps.
    /// - Returns: what is known now.
    @discardableResult
    func complete(_ status: Fence.Status) -> Fence.Status {
        let ended = Self.done + UInt32(status.errnoValue)
        var current = word.value
        while true {
            if let known = Self.status(of: current) { return known }
            let (exchanged, original) = word.compareExchange(expected: current, desired: ended)
            if exchanged {
                if original == Self.awaited { word.wake() }
                return status
            }
            current = original
        }
    }

    /// Sleeps until it is known.
    /// - Throws: ETIMEDOUT.
    func wait(until deadline: MonotonicTime?) throws(Errno) -> Fence.Status {
        while true {
            let (_, current) = word.compareExchange(expected: Self.pending, desired: Self.awaited)
            if let known = Self.status(of: current) { return known }
            if !word.wait(while: Self.awaited, until: deadline) {
                guard let known = status else { throw .timedOut }
                return known
            }
        }
    }

    private static func status(of value: UInt32) -> Fence.Status? {
        value < done ? nil : Fence.Status(errnoValue: CInt(bitPattern: value - done))
    }
}
