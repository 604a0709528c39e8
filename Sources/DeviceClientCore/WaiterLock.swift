import CVideoABI
import Synchronization

/// The right to be blocked in DQBUF, which one thread of all processes has at a time.
///
/// It is a robust mutex: the death of its holder shows at once, even if that process never spoke to the server.
enum WaiterLock {
    /// Called under the page's lock.
    /// - Returns: false if another thread waits.
    static func take(_ page: Page) -> Bool {
        switch unsafe pthread_mutex_trylock(mutex(page)) {
        case 0: return true
        case EOWNERDEAD:
            // It may have been counted as a sleeper, or not yet: `Sleep` finds out.
            _ = unsafe pthread_mutex_consistent(mutex(page))
            return true
        default: return false
        }
    }

    /// By the thread that took it.
    static func give(_ page: Page) {
        _ = unsafe pthread_mutex_unlock(mutex(page))
    }

    private static func mutex(_ page: Page) -> UnsafeMutablePointer<pthread_mutex_t> {
        unsafe (UnsafeMutableRawPointer(page) + VB2_AT_WAITER_LOCK).assumingMemoryBound(to: pthread_mutex_t.self)
    }
}
