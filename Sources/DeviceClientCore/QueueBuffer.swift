import CVideoABI
import Synchronization

/// QBUF without the server, for the buffer whose memory is what it was while the device streams.
///
/// Whatever is out of the ordinary (a state that forbids it, new memory, odd lengths) is left to the
/// server, which alone decides about errors.
enum QueueBuffer {
    enum Outcome {
        case done
        case server
        /// It is published, and the device sleeps: send WAKE.
        case doneAndWake
    }

    /// Called under the lock.
    /// - Parameters:
    ///   - planes: the program's array, nil on single-planar queues.
    ///   - isOutput: what the page says.
    @inline(__always)
    static func publish(
        _ handle: Handle, _ page: Page, _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        planes: UnsafeMutablePointer<v4l2_plane>?,
        isOutput: Bool
    ) -> Outcome {
        let gate = unsafe word(page, VB2_AT_GATE).pointee.load(ordering: .acquiring)
        // A child of a fork that has no control socket yet couldn't say that the device must wake; and if it died now,
        // nobody would see it.
        guard gate & UInt32(VB2_GATE_QUEUE) != 0, unsafe handle.pointee.control >= 0 else { return .server }
        let index = unsafe buffer.pointee.index
        // Read once: a store through another pointer would make the compiler read it again.
        let memory = unsafe page.pointee.memory
        let flags = unsafe buffer.pointee.flags
        guard unsafe buffer.pointee.type == page.pointee.buffer_type, unsafe buffer.pointee.memory == memory,
            unsafe index < page.pointee.buffer_count
        else { return .server }
        if flags & requestOrTimecode != 0 { return .server }
        let slot = unsafe slot(page, index)
        guard unsafe slot.pointee.state == UInt32(VB2_SLOT_DEQUEUED) else { return .server }
        let kept = unsafe slot.pointee.flags & mappedFlag | page.pointee.queue_flags
        let newFlags = unsafe kept | flags & page.pointee.accepted_flags
        if isOutput {
            guard unsafe isFieldKnown(slot, buffer),
                unsafe areUnchanged(handle, page, slot, buffer, planes, memory, true)
            else {
                return .server
            }
            unsafe takeOutput(page, slot, buffer, planes)
        } else {
            guard unsafe areUnchanged(handle, page, slot, buffer, planes, memory, false) else { return .server }
            unsafe voidCapture(page, slot, planes == nil)
        }
        unsafe slot.pointee.flags = newFlags
        unsafe slot.pointee.state = UInt32(VB2_SLOT_QUEUED)
        // Index and memory are what they were.
        unsafe BufferFields.fill(buffer, planes, page, slot, memory, flags: newFlags | BufferFields.queuedFlag)
        return unsafe announce(page, index) ? .doneAndWake : .done
    }

    /// The same for any queue.
    @inline(never)
    static func publishAny(
        _ handle: Handle, _ page: Page, _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        planes: UnsafeMutablePointer<v4l2_plane>?
    ) -> Outcome {
        unsafe publish(handle, page, buffer, planes: planes, isOutput: page.pointee.is_output != 0)
    }

    /// Called under the lock: queues a buffer that file I/O has read to its end.
    /// - Returns: whether the device sleeps and must be woken.
    static func requeue(_ page: Page, _ index: UInt32) -> Bool {
        unsafe slot(page, index).pointee.state = UInt32(VB2_SLOT_QUEUED)
        return unsafe announce(page, index)
    }

    /// Puts the entry into the ring.
    /// - Returns: whether the device sleeps and must be woken.
    @inline(__always)
    private static func announce(_ page: Page, _ index: UInt32) -> Bool {
        let tail = unsafe page.pointee.queued_tail
        let epoch = unsafe word(page, VB2_AT_EPOCH).pointee.load(ordering: .relaxed)
        unsafe setQueuedEntry(page, at: tail, UInt64(epoch) << 32 | UInt64(index))
        // Sequentially consistent on both sides: either the device sees the entry, or we see it asleep.
        unsafe word(page, VB2_AT_QUEUED_TAIL).pointee.store(tail &+ 1, ordering: .sequentiallyConsistent)
        return unsafe word(page, VB2_AT_ASLEEP).pointee.load(ordering: .sequentiallyConsistent) != 0
            && word(page, VB2_AT_ASLEEP).pointee.exchange(0, ordering: .sequentiallyConsistent) != 0
    }

    /// The planes of the page's terms, as many as there can be.
    @inline(__always)
    private static func planeCount(_ page: Page) -> Int {
        unsafe Int(min(page.pointee.plane_count, UInt32(VB2_PLANES)))
    }

    /// Whether each plane that the program offers is the memory that the server has mapped.
    @inline(__always)
    private static func areUnchanged(
        _ handle: Handle, _ page: Page, _ slot: UnsafeMutablePointer<vb2_slot>,
        _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        _ planes: UnsafeMutablePointer<v4l2_plane>?, _ memory: UInt32, _ isOutput: Bool
    ) -> Bool {
        guard let planes = unsafe planes else {
            return unsafe isUnchanged(
                handle, page, slotPlane(slot, 0), BufferFields.plane(buffer, nil, 0), buffer.pointee.index, 0, memory,
                isOutput)
        }
        let count = unsafe planeCount(page)
        for number in 0..<count {
            guard
                unsafe isUnchanged(
                    handle, page, slotPlane(slot, number), BufferFields.plane(buffer, planes, number),
                    buffer.pointee.index, number, memory, isOutput)
            else { return false }
        }
        return true
    }

    @inline(__always)
    private static func isUnchanged(
        _ handle: Handle, _ page: Page, _ kept: UnsafeMutablePointer<vb2_plane_slot>, _ offered: BufferFields.Plane,
        _ index: UInt32, _ number: Int, _ memory: UInt32, _ isOutput: Bool
    ) -> Bool {
        if isOutput {
            let length = unsafe kept.pointee.length
            // 0 means the whole plane, which the server puts in; it warns about data_offset too.
            if offered.bytesUsed == 0 || offered.bytesUsed > length || offered.dataOffset >= offered.bytesUsed {
                return false
            }
            // Less than a whole frame is the device's to judge.
            let least = unsafe (UnsafeRawPointer(page) + VB2_AT_MINIMUM_PAYLOAD + number * 4).load(as: UInt32.self)
            if offered.bytesUsed - offered.dataOffset < least { return false }
        }
        if memory == V4L2_MEMORY_MMAP.rawValue { return true }
        let length = unsafe kept.pointee.length
        switch memory {
        case V4L2_MEMORY_USERPTR.rawValue:
            return unsafe offered.reference == kept.pointee.user_pointer && offered.length == length
        case V4L2_MEMORY_DMABUF.rawValue:
            guard offered.length == 0 || offered.length == length else { return false }
            let place = Int(index) * Int(VB2_PLANES) + number
            return unsafe isSameFile(handle, page, Int32(truncatingIfNeeded: offered.reference), kept, place)
        default:
            return false
        }
    }

    /// The one system call of a DMABUF QBUF: the number may name another file than last time, and no check
    /// in the process alone can tell.
    @inline(never)
    private static func isSameFile(
        _ handle: Handle, _ page: Page, _ fd: Int32, _ kept: UnsafeMutablePointer<vb2_plane_slot>, _ place: Int
    ) -> Bool {
        guard unsafe kept.pointee.inode != 0 else { return false }
        if unsafe !Witnesses.know(handle, fd, kept, place) {
            guard unsafe hasIdentity(fd, kept) else {
                unsafe Witnesses.forget(handle, place)
                return false
            }
            unsafe Witnesses.learn(handle, page, fd, kept, place)
        }
        unsafe kept.pointee.descriptor = fd
        return true
    }

    private static func hasIdentity(_ fd: Int32, _ kept: UnsafeMutablePointer<vb2_plane_slot>) -> Bool {
        var status = stat()
        let result = unsafe withUnsafeMutablePointer(to: &status) { place in
            unsafe vb2_syscall3(Int64(VB2_SYS_FSTAT), Int64(fd), System.address(place), 0)
        }
        return unsafe result == 0 && UInt64(status.st_dev) == kept.pointee.device
            && UInt64(status.st_ino) == kept.pointee.inode
    }

    /// Whether the device is known to take the buffer's field order: it has taken it for this buffer before, or
    /// the program leaves it to the device.
    @inline(__always)
    private static func isFieldKnown(
        _ slot: UnsafeMutablePointer<vb2_slot>, _ buffer: UnsafeMutablePointer<v4l2_buffer>
    ) -> Bool {
        let kept = unsafe slot.pointee.field
        let offered = unsafe buffer.pointee.field
        return kept != V4L2_FIELD_ANY.rawValue && (offered == kept || offered == V4L2_FIELD_ANY.rawValue)
    }

    @inline(never)
    private static func takeOutput(
        _ page: Page, _ slot: UnsafeMutablePointer<vb2_slot>, _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        _ planes: UnsafeMutablePointer<v4l2_plane>?
    ) {
        let copiesTime = unsafe page.pointee.queue_flags & timestampMask == timestampCopy
        unsafe slot.pointee.sequence = 0
        unsafe slot.pointee.seconds = copiesTime ? Int64(buffer.pointee.timestamp.tv_sec) : 0
        unsafe slot.pointee.microseconds = copiesTime ? Int64(buffer.pointee.timestamp.tv_usec) : 0
        let count = unsafe planeCount(page)
        for number in 0..<count {
            let offered = unsafe BufferFields.plane(buffer, planes, number)
            unsafe slotPlane(slot, number).pointee.bytes_used = offered.bytesUsed
            unsafe slotPlane(slot, number).pointee.data_offset = offered.dataOffset
        }
    }

    /// What a capture buffer held is void; until it is filled it reports the whole format.
    @inline(__always)
    private static func voidCapture(_ page: Page, _ slot: UnsafeMutablePointer<vb2_slot>, _ isSinglePlanar: Bool) {
        unsafe slot.pointee.sequence = 0
        unsafe slot.pointee.seconds = 0
        unsafe slot.pointee.microseconds = 0
        let lengths = unsafe UnsafeRawPointer(page) + VB2_AT_MINIMUM_LENGTH
        let count = isSinglePlanar ? 1 : unsafe planeCount(page)
        for number in 0..<count {
            let length = unsafe (lengths + number * 4).load(as: UInt32.self)
            unsafe slotPlane(slot, number).pointee.bytes_used = length
        }
    }

    private static let mappedFlag: UInt32 = 0x1  // V4L2_BUF_FLAG_MAPPED
    private static let timestampMask: UInt32 = 0xE000  // V4L2_BUF_FLAG_TIMESTAMP_MASK
    private static let timestampCopy: UInt32 = 0x4000  // V4L2_BUF_FLAG_TIMESTAMP_COPY

    /// Flags that the server must see: REQUEST_FD and TIMECODE.
    private static let requestOrTimecode: UInt32 = 0x0080_0000 | 0x100
}
