import CVideoABI
import Synchronization

/// read() and write() on a device: the server makes buffers of its own and streams; the program's half takes each
/// one that is free, copies from it or into it, and queues it again. A call never crosses frames.
///
/// Source: __vb2_perform_fileio.
enum FileIO {
    static func read(_ handle: Handle, _ fd: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: UInt64) -> Int64 {
        guard let page = unsafe handle.pointee.page else { return -Int64(ENODEV) }
        guard let bytes = unsafe bytes, unsafe page.pointee.is_output == 0 else { return -Int64(EINVAL) }
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
            else { return unsafe whyShut(handle, fd) }
            // What can't be written is EFAULT, and the copy must not find it out.
            let amount = min(UInt64(clamping: view.count), count)
            if System.populate(UInt64(UInt(bitPattern: bytes)), amount, writable: true) < 0 { return -Int64(EFAULT) }
            unsafe Lock.locked(handle, fd, page) {
                guard unsafe page.pointee.io_index == index else { return }
                result = unsafe copyOut(page, index - 1, view, bytes, count, &mustWake)
            }
            // The frame was copied: that the server is gone is the next read's to say.
            if mustWake { _ = unsafe Ioctl.wake(handle, fd) }
            if result != 0 || count == 0 { return result }
        }
    }

    /// Fills a frame, from where the last write stopped; a full frame is queued.
    static func write(_ handle: Handle, _ fd: Int32, _ bytes: UnsafeRawPointer?, _ count: UInt64) -> Int64 {
        guard let page = unsafe handle.pointee.page else { return -Int64(ENODEV) }
        guard let bytes = unsafe bytes, unsafe page.pointee.is_output != 0 else { return -Int64(EINVAL) }
        let started = unsafe start(handle, fd, page, reading: false)
        if started < 0 { return started }
        while true {
            var result: Int64 = 0
            unsafe Lock.locked(handle, fd, page) {
                if unsafe page.pointee.io_index == 0 { result = unsafe takeFree(page, fd) }
            }
            if result < 0 { return result == -Int64(ENXIO) ? unsafe whyShut(handle, fd) : result }
            let (index, position) = unsafe (page.pointee.io_index, page.pointee.io_position)
            if index == 0 { continue }
            // As in read(), outside the lock.
            guard let view = unsafe Shadows.view(handle, fd, page, index: index - 1, plane: 0) else {
                return unsafe whyShut(handle, fd)
            }
            let length = unsafe min(Int(slotPlane(slot(page, index - 1), 0).pointee.length), view.count)
            let amount = min(Int(clamping: count), max(length - Int(position), 0))
            // What can't be read is EFAULT, and the copy must not find it out.
            let present = System.populate(UInt64(UInt(bitPattern: bytes)), UInt64(amount), writable: false)
            if present < 0 { return -Int64(EFAULT) }
            var (done, mustWake) = (false, false)
            unsafe Lock.locked(handle, fd, page) {
                // Unless another thread was faster.
                guard unsafe page.pointee.io_index == index, unsafe page.pointee.io_position == position else { return }
                unsafe copyIn(page, index - 1, view, bytes, amount, isFull: Int(position) + amount >= length, &mustWake)
                done = true
            }
            // The frame was taken: that the server is gone is the next write's to say.
            if mustWake { _ = unsafe Ioctl.wake(handle, fd) }
            if done { return Int64(amount) }
        }
    }

    /// Whether a write would not wait.
    static func hasRoom(_ page: Page) -> Bool {
        unsafe page.pointee.io_index != 0 || freeBuffer(page) != nil
    }

    /// Makes the server stream for read() or write(), unless it does for this handle: no other's gate is open.
    static func start(_ handle: Handle, _ fd: Int32, _ page: Page, reading: Bool) -> Int64 {
        let state = unsafe word(page, VB2_AT_STATE).pointee.load(ordering: .acquiring)
        let gate = unsafe word(page, VB2_AT_GATE).pointee.load(ordering: .acquiring)
        if state & UInt32(VB2_STATE_FILE_IO) != 0, gate != 0 {
            if unsafe handle.pointee.control >= 0 { return 0 }
            // A child of a fork: as with QBUF, the server must know it before it queues anything.
            var request = Request(VB2_OP_SYNC)
            return unsafe min(request.perform(handle, fd), 0)
        }
        var request = Request(VB2_OP_START_IO, value: reading ? 0 : 1)
        return unsafe request.perform(handle, fd)
    }

    /// A buffer that was never queued. Any other that is not queued is completed, and in the done ring.
    private static func freeBuffer(_ page: Page) -> UInt32? {
        let count = unsafe min(page.pointee.buffer_count, page.pointee.slot_count)
        for index in 0..<count where unsafe slot(page, index).pointee.state == UInt32(VB2_SLOT_DEQUEUED) {
            return index
        }
        return nil
    }

    /// Called under the lock: takes a buffer to be filled. As `takeFrame`.
    private static func takeFree(_ page: Page, _ fd: Int32) -> Int64 {
        let gate = unsafe word(page, VB2_AT_GATE).pointee.load(ordering: .acquiring)
        guard gate & UInt32(VB2_GATE_QUEUE) != 0 else { return -Int64(ENXIO) }
        guard let index = unsafe freeBuffer(page) else { return unsafe takeFrame(page, fd) }
        unsafe page.pointee.io_index = index + 1
        unsafe page.pointee.io_position = 0
        return 0
    }

    /// Called under the lock. 0: look again; ENXIO: the gate is shut.
    private static func takeFrame(_ page: Page, _ fd: Int32) -> Int64 {
        switch unsafe DequeueBuffer.peek(page) {
        case .success(let oldest):
            guard unsafe DequeueBuffer.remove(page, fd, oldest) else { return 0 }
            unsafe slot(page, oldest.index).pointee.state = UInt32(VB2_SLOT_DEQUEUED)
            unsafe page.pointee.io_index = oldest.index + 1
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

    /// Called under the lock: copies into the frame, and queues the buffer when it is full.
    private static func copyIn(
        _ page: Page, _ index: UInt32, _ view: Region, _ bytes: UnsafeRawPointer, _ count: Int, isFull: Bool,
        _ mustWake: inout Bool
    ) {
        let position = unsafe Int(page.pointee.io_position)
        if count > 0, let base = unsafe view.part.bytes {
            unsafe (UnsafeMutableRawPointer(mutating: base) + position).copyMemory(from: bytes, byteCount: count)
        }
        unsafe page.pointee.io_position = UInt32(truncatingIfNeeded: position + count)
        guard isFull else { return }
        unsafe page.pointee.io_index = 0
        unsafe page.pointee.copies &+= 1
        unsafe slotPlane(slot(page, index), 0).pointee.bytes_used = UInt32(truncatingIfNeeded: position + count)
        unsafe slotPlane(slot(page, index), 0).pointee.data_offset = 0
        mustWake = unsafe QueueBuffer.requeue(page, index)
    }

    /// ENODEV if the server is gone, else EIO.
    private static func whyShut(_ handle: Handle, _ fd: Int32) -> Int64 {
        var request = Request(VB2_OP_SYNC)
        let result = unsafe request.perform(handle, fd)
        return result < 0 ? result : -Int64(EIO)
    }
}
