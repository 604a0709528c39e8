import CVideoABI
import Synchronization

/// The page's lock for one operation, put right first if its last holder died inside.
enum Lock {
    @inline(__always)
    static func locked(_ handle: Handle, _ fd: Int32, _ page: Page, _ body: () -> Void) {
        unsafe PageLock.lock(page)
        if unsafe page.pointee.torn != 0 { unsafe resynchronise(handle, fd, page) }
        body()
        unsafe PageLock.unlock(page)
    }

    /// A process died inside the lock: the ring's head and the doorbells are taken from the server. If that can't be
    /// asked now, the next operation does.
    ///
    /// Whoever else died left nothing but its part of `sleepers`, which `Sleep` deals with, and `waiter`, which whoever
    /// waits next finds out about.
    @inline(never)
    private static func resynchronise(_ handle: Handle, _ fd: Int32, _ page: Page) {
        var request = Request(VB2_OP_SYNC, value: 1)
        guard unsafe request.perform(handle, fd) >= 0 else { return }
        // All up to the mark is void, and what is behind it is right.
        var byte: UInt8 = 0
        while System.receiveByte(fd, flags: Doorbell.nowait, into: &byte) > 0, byte != 0x4D {}  // VB2_BYTE_MARK
        unsafe page.pointee.owed = 0
        unsafe page.pointee.program_epoch = UInt32(truncatingIfNeeded: request.reply.value >> 32)
        unsafe page.pointee.done_head = UInt32(truncatingIfNeeded: request.reply.value)
        unsafe page.pointee.torn = 0
    }
}
