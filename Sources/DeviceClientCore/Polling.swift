import CVideoABI
import Synchronization

/// What poll() says of a device, from the page. The socket alone can't say ERR and PRI, and file I/O must
/// be started. Source: vb2_core_poll, vb2_poll.
enum Polling {
    static func events(_ handle: Handle, _ fd: Int32, _ asked: UInt32) -> UInt32 {
        guard let page = unsafe handle.pointee.page else { return error | hangUp }
        var result: UInt32 = 0
        if unsafe word(page, VB2_AT_EVENTS).pointee.load(ordering: .acquiring) > 0 { result |= asked & priority }
        let isOutput = unsafe page.pointee.is_output != 0
        let direction = isOutput ? output : input
        guard asked & direction != 0 else { return result }
        var state = unsafe word(page, VB2_AT_STATE).pointee.load(ordering: .acquiring)
        if state & UInt32(VB2_STATE_BUFFERS | VB2_STATE_FILE_IO) == 0 {
            if unsafe FileIO.start(handle, fd, page, reading: !isOutput) < 0 { return result | error }
            state = unsafe word(page, VB2_AT_STATE).pointee.load(ordering: .acquiring)
        }
        if state & UInt32(VB2_STATE_STREAMING) == 0 || state & UInt32(VB2_STATE_FAILED) != 0 {
            return result | error
        }
        if !isOutput, state & UInt32(VB2_STATE_QUEUED) == 0, unsafe page.pointee.queued_tail == 0 {
            return result | error
        }
        let isFileIO = state & UInt32(VB2_STATE_FILE_IO) != 0
        let isPartlyDone = unsafe isFileIO && (isOutput ? FileIO.hasRoom(page) : page.pointee.io_index != 0)
        if unsafe availableCount(page) > 0 || state & UInt32(VB2_STATE_LAST) != 0 || isPartlyDone {
            result |= asked & direction
        }
        return result
    }

    static func waitBegin(_ handle: Handle, _ fd: Int32) {
        guard let page = unsafe handle.pointee.page else { return }
        unsafe Lock.locked(handle, fd, page) { unsafe Sleep.begin(page, fd) }
    }

    static func waitEnd(_ handle: Handle, _ fd: Int32) {
        guard let page = unsafe handle.pointee.page else { return }
        unsafe Lock.locked(handle, fd, page) { unsafe Sleep.end(page, fd) }
    }

    /// Sleeps until an event is pending. 0, or -errno (EINTR, ENODEV).
    static func sleepForEvent(_ handle: Handle, _ fd: Int32, _ page: Page) -> Int64 {
        while unsafe word(page, VB2_AT_EVENTS).pointee.load(ordering: .acquiring) == 0 {
            unsafe waitBegin(handle, fd)
            // A completed frame makes the socket readable too: then only the wake that follows matters, and
            // there is nothing else to sleep on.
            let result = System.receiveByte(fd, flags: Doorbell.peek)
            unsafe waitEnd(handle, fd)
            if result == -Int64(EINTR) { return result }
            if result <= 0, result != -Int64(EAGAIN) { return -Int64(ENODEV) }
            if unsafe availableCount(page) > 0 { return unsafe spinOnEvents(page, fd) }
        }
        return 0
    }

    /// Frames are waiting, so the socket is always readable: waits on the counter itself.
    private static func spinOnEvents(_ page: Page, _ fd: Int32) -> Int64 {
        let events = unsafe word(page, VB2_AT_EVENTS)
        while unsafe events.pointee.load(ordering: .acquiring) == 0 {
            unsafe System.wait(UnsafeMutableRawPointer(events), while: 0)
            if System.receiveByte(fd, flags: Doorbell.peek | Doorbell.nowait) == 0 { return -Int64(ENODEV) }
        }
        return 0
    }

    static let input: UInt32 = 0x1 | 0x40  // POLLIN | POLLRDNORM
    static let output: UInt32 = 0x4 | 0x100  // POLLOUT | POLLWRNORM
    static let priority: UInt32 = 0x2
    static let error: UInt32 = 0x8
    static let hangUp: UInt32 = 0x10
}
