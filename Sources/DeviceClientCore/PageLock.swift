import CVideoABI
import Synchronization

/// The page's mutex: robust and shared between the processes that hold the handle; never held while
/// waiting, and never taken by the server.
enum PageLock {
    /// - Returns: false if the last holder died inside: what it left must be put right (`resynchronise`).
    @inline(__always)
    static func lock(_ page: Page) -> Bool {
        let result = unsafe pthread_mutex_lock(mutex(page))
        if result == 0 { return true }
        return unsafe recover(page, result)
    }

    @inline(__always)
    static func unlock(_ page: Page) {
        _ = unsafe pthread_mutex_unlock(mutex(page))
    }

    @inline(never)
    private static func recover(_ page: Page, _ result: Int32) -> Bool {
        if result == EOWNERDEAD { _ = unsafe pthread_mutex_consistent(mutex(page)) }
        return false
    }

    @inline(__always)
    private static func mutex(_ page: Page) -> UnsafeMutablePointer<pthread_mutex_t> {
        unsafe (UnsafeMutableRawPointer(page) + VB2_AT_LOCK).assumingMemoryBound(to: pthread_mutex_t.self)
    }
}
