import CLinuxSystem
import Synchronization

/// A value behind a lock, for use within one process.
///
/// It is Synchronization's `Mutex`. ThreadSanitizer can't see into the slow path of that one, which
/// is in the runtime, and then reports races that aren't there. A build with `VB_TSAN` tells it of
/// each acquire and release.
package final class Locked<Value: ~Copyable>: Sendable {
    private let mutex: Mutex<Value>

    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Runs the body while no other thread has the value. Don't call it again from inside.
    @inline(__always)
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock { value throws(Failure) in
            #if VB_TSAN
                unsafe __tsan_acquire(Unmanaged.passUnretained(self).toOpaque())
                defer { unsafe __tsan_release(Unmanaged.passUnretained(self).toOpaque()) }
            #endif
            return try body(&value)
        }
    }

    /// As ``withLock(_:)``, but gives nil when another thread has the value.
    @inline(__always)
    package func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result? {
        try mutex.withLockIfAvailable { value throws(Failure) in
            #if VB_TSAN
                unsafe __tsan_acquire(Unmanaged.passUnretained(self).toOpaque())
                defer { unsafe __tsan_release(Unmanaged.passUnretained(self).toOpaque()) }
            #endif
            return try body(&value)
        }
    }
}
