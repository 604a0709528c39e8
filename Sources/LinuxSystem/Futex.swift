import CLinuxSystem
public import Synchronization
public import SystemPackage

/// Waiting on a word of memory, shared between processes (futex(2), FUTEX_WAIT_BITSET, FUTEX_WAKE).
public enum Futex {
    /// Why a wait ended.
    public enum Outcome: Hashable, Sendable {
        /// Somebody woke it, or for no reason: look at the word again.
        case woken
        /// The word had another value already.
        case changed
        case timedOut
    }

    /// Sleeps while the word has the expected value.
    /// - Throws: EFAULT; EINVAL for an address that isn't a multiple of 4.
    public static func wait(
        on word: UnsafePointer<Atomic<UInt32>>, expected: UInt32, timeout: MonotonicDuration? = nil
    ) throws(Errno) -> Outcome {
        let deadline = timeout.map { (MonotonicTime.now() + max(0, $0.nanoseconds)).nanoseconds } ?? -1
        do {
            _ = try retrying { unsafe linux_futex_wait(word, expected, deadline) }
            return .woken
        } catch .resourceTemporarilyUnavailable {
            return .changed
        } catch .timedOut {
            return .timedOut
        }
    }

    /// Wakes at most `count` of those who sleep on the word, and says how many there were.
    @discardableResult
    public static func wake(_ word: UnsafePointer<Atomic<UInt32>>, count: Int32 = 1) throws(Errno) -> Int {
        try checked(unsafe linux_futex_wake(word, count))
    }
}
