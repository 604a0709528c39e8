import Synchronization

/// A word of 32 bits that threads of this process change and wait on.
///
/// `@unchecked Sendable` because it is only an atomic word at an address that it owns.
@safe
package final class FutexWord: @unchecked Sendable {
    @unsafe private let word: UnsafeMutablePointer<Atomic<UInt32>>

    package init(_ value: UInt32 = 0) {
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

    /// Puts `desired` in the place of `expected`.
    /// - Returns: whether it was there, and what was.
    @inline(__always)
    package func exchange(_ expected: UInt32, for desired: UInt32) -> (exchanged: Bool, original: UInt32) {
        unsafe word.pointee.compareExchange(
            expected: expected, desired: desired, ordering: .acquiringAndReleasing)
    }

    /// - Returns: what was there before.
    @discardableResult
    @inline(__always)
    package func add(_ number: UInt32) -> UInt32 {
        unsafe word.pointee.add(number, ordering: .acquiringAndReleasing).oldValue
    }

    /// - Returns: what was there before.
    @discardableResult
    @inline(__always)
    package func subtract(_ number: UInt32) -> UInt32 {
        unsafe word.pointee.subtract(number, ordering: .acquiringAndReleasing).oldValue
    }

    /// Wakes all who wait.
    package func wakeAll() {
        // It fails for no address of ours.
        _ = unsafe try? Futex.wake(word, count: .max)
    }

    /// Sleeps while the word is `value`; may return earlier.
    package func wait(while value: UInt32) {
        _ = unsafe try? Futex.wait(on: word, expected: value)
    }
}
