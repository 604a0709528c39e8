import CVideoABI
import Synchronization

/// Threads that sleep on the program's socket, and the bytes that must be off it before they do.
enum Sleep {
    /// Called under the lock: one more sleeper, once the socket says the truth. May let go of the lock.
    static func begin(_ page: Page, _ fd: Int32) {
        _ = unsafe Doorbell.payOwed(page, fd)
        if unsafe Doorbell.hasWakes(page) {
            // A wake must reach those who sleep now before it is taken from them. Whoever has not stirred
            // after a while is dead or stopped, and does not hold the others up.
            let sleepers = unsafe word(page, VB2_AT_SLEEPERS)
            let count = unsafe sleepers.pointee.load(ordering: .relaxed)
            if count != 0 {
                unsafe PageLock.unlock(page)
                unsafe System.wait(UnsafeMutableRawPointer(sleepers), while: count)
                _ = unsafe PageLock.lock(page)
            }
            unsafe Doorbell.payWakes(page, fd)
        }
        unsafe word(page, VB2_AT_SLEEPERS).pointee.add(1, ordering: .sequentiallyConsistent)
    }

    /// Called under the lock: a sleeper is awake. The last one takes the wakes.
    static func end(_ page: Page, _ fd: Int32) {
        let sleepers = unsafe word(page, VB2_AT_SLEEPERS)
        let count = unsafe sleepers.pointee.load(ordering: .relaxed)
        // 0 after a resynchronisation that no longer counted this thread.
        if count > 0 { unsafe sleepers.pointee.store(count - 1, ordering: .sequentiallyConsistent) }
        _ = unsafe Doorbell.payOwed(page, fd)
        if unsafe Doorbell.hasWakes(page) {
            if count <= 1 { unsafe Doorbell.payWakes(page, fd) }
            unsafe System.wake(UnsafeMutableRawPointer(sleepers))
        }
    }
}
