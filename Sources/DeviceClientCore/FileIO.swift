import CVideoABI
import Synchronization

/// read() on a device: the server queues buffers of its own and streams; the program's half takes each
/// completed one, copies from it, and queues it again. A read never crosses frames.
///
/// Source: __vb2_perform_fileio.
enum FileIO {
    static func read(_ handle: Handle, _ fd: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: UInt64) -> Int64 {
        guard let page = unsafe handle.pointee.page else { return -Int64(ENODEV) }
        guard let bytes = unsafe bytes else { return -Int64(EINVAL) }
        let started = unsafe start(handle, fd, page, reading: true)
        if started < 0 { return started }
        while true {
            var result: Int64 = 0
            var again = false
            var mustWake = false
            unsafe Lock.locked(handle, fd, page) {
                if unsafe page.pointee.io_index == 0 {
                    result = unsafe takeFrame(page, fd)
                    again = result == 0
                }
            }
            if result < 0 { return result == -Int64(ENXIO) ? unsafe whyShut(handle, fd) : result }
            if again, unsafe page.pointee.io_index == 0 { continue }
            // The view is mapped outside the lock: mapping it for the first time asks the server.
            let index = unsafe page.pointee.io_index
            guard index > 0,
                let view = unsafe Shadows.view(handle, fd, page, index: index - 1, plane: 0)
            else { return -Int64(EIO) }
            unsafe Lock.locked(handle, fd, page) {
                guard unsafe page.pointee.io_index == index else { return }
                result = unsafe copyOut(page, index - 1, view, bytes, count, &mustWake)
            }
            // The frame was copied: that the server is gone is the next read's to say.
            if mustWake { _ = unsafe Ioctl.wake(handle, fd) }
            if result != 0 || count == 0 { return result }
        }
    }

    /// Writing belongs to output devices, which have no file I/O yet.
    static func write(_ handle: Handle, _ fd: Int32, _ bytes: UnsafeRawPointer?, _ count: UInt64) -> Int64 {
        guard let page = unsafe handle.pointee.page else { return -Int64(ENODEV) }
        return unsafe start(handle, fd, page, reading: false)
    }

    /// Makes the server stream for read(), unless it does.
    static func start(_ handle: Handle, _ fd: Int32, _ page: Page, reading: Bool) -> Int64 {
        let state = unsafe word(page, VB2_AT_STATE).pointee.load(ordering: .acquiring)
        if state & UInt32(VB2_STATE_FILE_IO) != 0 { return 0 }
        var request = Request(VB2_OP_START_IO, value: reading ? 0 : 1)
        return unsafe request.perform(handle, fd)
    }

    /// Called under the lock. 0: look again; ENXIO: the gate is shut.
    private static func takeFrame(_ page: Page, _ fd: Int32) -> Int64 {
        switch unsafe DequeueBuffer.peek(page) {
        case .success(let index):
            guard unsafe DequeueBuffer.remove(page, fd) else { return 0 }
            unsafe slot(page, index).pointee.state = UInt32(VB2_SLOT_DEQUEUED)
            unsafe page.pointee.io_index = index + 1
            unsafe page.pointee.io_position = 0
            return 0
        case .failure(.empty): return unsafe DequeueBuffer.wait(page, fd)
        case .failure: return -Int64(ENXIO)
        }
    }

    /// Called under the lock: copies what is left of the frame, and queues the buffer when it is all read.
    private static func copyOut(
        _ page: Page, _ index: UInt32, _ view: Region, _ bytes: UnsafeMutableRawPointer, _ count: UInt64,
        _ mustWake: inout Bool
    ) -> Int64 {
        let slot = unsafe slot(page, index)
        let used = unsafe min(Int(slotPlane(slot, 0).pointee.bytes_used), view.count)
        let position = unsafe min(Int(page.pointee.io_position), used)
        let copied = min(Int(clamping: count), used - position)
        if copied > 0, let base = unsafe view.part.bytes {
            unsafe bytes.copyMemory(from: base + position, byteCount: copied)
        }
        unsafe page.pointee.io_position = UInt32(truncatingIfNeeded: position + copied)
        guard position + copied >= used else { return Int64(copied) }
        unsafe page.pointee.io_index = 0
        unsafe page.pointee.copies &+= 1
        mustWake = unsafe QueueBuffer.requeue(page, index)
        return Int64(copied)
    }

    private static func whyShut(_ handle: Handle, _ fd: Int32) -> Int64 {
        var request = Request(VB2_OP_SYNC)
        let result = unsafe request.perform(handle, fd)
        return result < 0 ? result : -Int64(EIO)
    }
}
