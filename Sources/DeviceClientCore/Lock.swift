import CVideoABI
import Synchronization

/// The page's lock for one operation, put right first if its last holder died inside.
enum Lock {
    @inline(__always)
    static func locked(_ handle: Handle, _ fd: Int32, _ page: Page, _ body: () -> Void) {
        let intact = unsafe PageLock.lock(page)
        let deaths = unsafe resyncCount(page)
        if unsafe !intact || page.pointee.resync_seen != deaths {
            unsafe resynchronise(handle, fd, page, emptySocket: !intact)
        }
        body()
        unsafe PageLock.unlock(page)
    }

    @inline(__always)
    private static func resyncCount(_ page: Page) -> UInt32 {
        unsafe word(page, VB2_AT_RESYNC).pointee.load(ordering: .relaxed)
    }

    /// A process that held the handle died. Its sleeping threads are gone; and if it died inside the lock,
    /// the ring's head and the doorbells are taken from the server.
    @inline(never)
    private static func resynchronise(_ handle: Handle, _ fd: Int32, _ page: Page, emptySocket: Bool) {
        unsafe page.pointee.resync_seen = resyncCount(page)
        unsafe page.pointee.waiter = 0
        let sleepers = unsafe word(page, VB2_AT_SLEEPERS)
        unsafe sleepers.pointee.store(0, ordering: .sequentiallyConsistent)
        unsafe System.wake(UnsafeMutableRawPointer(sleepers))
        guard emptySocket else { return }
        while System.receiveByte(fd, flags: Doorbell.nowait) > 0 {}
        unsafe page.pointee.owed = 0
        unsafe page.pointee.wakes_paid = word(page, VB2_AT_WAKES_SENT).pointee.load(ordering: .acquiring)
        // The server rings anew if there are buffers, and says how many were taken in this epoch.
        var request = Request(VB2_OP_SYNC, value: 1)
        if unsafe request.perform(handle, fd) >= 0 {
            unsafe page.pointee.program_epoch = UInt32(truncatingIfNeeded: request.reply.value >> 32)
            unsafe page.pointee.done_head = UInt32(truncatingIfNeeded: request.reply.value)
        }
    }
}
