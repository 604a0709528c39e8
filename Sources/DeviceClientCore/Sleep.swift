import CVideoABI
import Synchronization

/// Threads that sleep on the program's socket, and the bytes that must be off it before they do.
enum Sleep {
    /// Called under the lock: one more sleeper, once the socket says the truth. May let go of the lock.
    static func begin(_ page: Page, _ fd: Int32) {
        _ = unsafe Doorbell.payOwed(page, fd)
        if unsafe Doorbell.hasWakes(page) {
            unsafe letSleepersLook(page)
            unsafe Doorbell.payWakes(page, fd)
        }
        unsafe word(page, VB2_AT_SLEEPERS).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    /// A wake must reach all who sleep now before it is taken from them. If none has stirred for a while, those who are
    /// left are dead or stopped, and do not hold the others up.
    private static func letSleepersLook(_ page: Page) {
        let sleepers = unsafe word(page, VB2_AT_SLEEPERS)
        while unsafe Doorbell.hasWakes(page) {
            let seen = unsafe sleepers.pointee.load(ordering: .relaxed)
            if seen & mask == 0 { return }
            unsafe PageLock.unlock(page)
            let isOver = unsafe System.wait(UnsafeMutableRawPointer(sleepers), while: seen)
            unsafe PageLock.lock(page)
            // The same number may be of others, who sleep since then: so each one who wakes counts, too.
            if isOver, unsafe sleepers.pointee.load(ordering: .relaxed) == seen {
                unsafe sleepers.pointee.store((seen & ~mask) &+ stir, ordering: .sequentiallyConsistent)
            }
        }
    }

    /// Called under the lock: a sleeper is awake. The last one takes the wakes.
    static func end(_ page: Page, _ fd: Int32) {
        let sleepers = unsafe word(page, VB2_AT_SLEEPERS)
        let before = unsafe sleepers.pointee.load(ordering: .relaxed)
        let count = before & mask
        // 0 if this thread was given up, and was not dead.
        let after = (count > 0 ? before - 1 : before) &+ stir
        unsafe sleepers.pointee.store(after, ordering: .sequentiallyConsistent)
        _ = unsafe Doorbell.payOwed(page, fd)
        if unsafe Doorbell.hasWakes(page) {
            if count <= 1 { unsafe Doorbell.payWakes(page, fd) }
            unsafe System.wake(UnsafeMutableRawPointer(sleepers))
        }
    }

    /// Called under the lock.
    static func hasSleepers(_ page: Page) -> Bool {
        unsafe word(page, VB2_AT_SLEEPERS).pointee.load(ordering: .relaxed) & mask != 0
    }

    private static let mask = UInt32(VB2_SLEEPERS_MASK)
    private static let stir = UInt32(VB2_SLEEPERS_STIR)
}
