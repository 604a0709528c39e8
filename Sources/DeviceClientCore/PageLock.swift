import CVideoABI
import Synchronization

/// The page's mutex: robust and shared between the processes that hold the handle; never held while
/// waiting, and never taken by the server.
enum PageLock {
    /// If the last holder died inside, the page says so from then on: what it left must be put right (`Lock`), which
    /// can't be done in the middle of an operation.
    @inline(__always)
    static func lock(_ page: Page) {
        let result = unsafe pthread_mutex_lock(mutex(page))
        if result != 0 { unsafe recover(page, result) }
    }

    @inline(__always)
    static func unlock(_ page: Page) {
        _ = unsafe pthread_mutex_unlock(mutex(page))
    }

    @inline(never)
    private static func recover(_ page: Page, _ result: Int32) {
        guard result == EOWNERDEAD else { return }
        unsafe page.pointee.torn = 1
        _ = unsafe pthread_mutex_consistent(mutex(page))
    }

    @inline(__always)
    private static func mutex(_ page: Page) -> UnsafeMutablePointer<pthread_mutex_t> {
        unsafe (UnsafeMutableRawPointer(page) + VB2_AT_LOCK).assumingMemoryBound(to: pthread_mutex_t.self)
    }
}
