import Synchronization

/// A word of this process's memory that threads change, look at and sleep on (futex(2)).
///
/// Whoever reads a value sees what was done before it was set.
///
/// `@unchecked Sendable` because it is only an atomic word at an address that it owns.
@safe
package struct FutexWord: ~Copyable, @unchecked Sendable {
    @unsafe private let word: UnsafeMutablePointer<Atomic<UInt32>>

    package init(_ value: UInt32 = 0) {
        // By itself, because a futex needs an address that stays.
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: Atomic(value))
    }

    deinit {
        unsafe word.deinitialize(count: 1)
        unsafe word.deallocate()
    }

    package var value: UInt32 {
        @inline(__always) get { unsafe word.pointee.load(ordering: .acquiring) }
    }

    /// Sets the value if it is as expected, and gives the one before.
    @inline(__always)
    package func compareExchange(expected: UInt32, desired: UInt32) -> (exchanged: Bool, original: UInt32) {
        unsafe word.pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiringAndReleasing)
    }

    /// Takes one away.
    @inline(__always)
    package func decrement() {
        unsafe word.pointee.subtract(1, ordering: .acquiringAndReleasing)
    }

    /// Adds one, which also makes the value one that it hasn't had for long.
    package func increment() {
        unsafe word.pointee.add(1, ordering: .acquiringAndReleasing)
    }

    /// Sets bits, and gives the value before.
    @discardableResult
    package func set(bits: UInt32) -> UInt32 {
        unsafe word.pointee.bitwiseOr(bits, ordering: .acquiringAndReleasing).oldValue
    }

    /// Clears bits, and gives the value before.
    @discardableResult
    package func clear(bits: UInt32) -> UInt32 {
        unsafe word.pointee.bitwiseAnd(~bits, ordering: .acquiringAndReleasing).oldValue
    }

    /// Sleeps while the word has this value, and sometimes less: look at it again.
    /// - Returns: false when the deadline has passed.
    @discardableResult
    package func wait(while value: UInt32, until deadline: MonotonicTime? = nil) -> Bool {
        let timeout = deadline.map { $0.elapsed(since: .now()) }
        // EFAULT and EINVAL are for addresses that aren't such a word's.
        let outcome = unsafe try? Futex.wait(on: word, expected: value, timeout: timeout)
        return outcome != .timedOut
    }

    /// Wakes at most `count` of those who sleep.
    package func wake(count: Int32 = .max) {
        _ = unsafe try? Futex.wake(word, count: count)
    }
}
