import CVideoABI

/// USERPTR: the device fills planes of the server's, and the program's half copies once, to or from the
/// program's own memory.
enum UserPointers {
    /// QBUF. A pointer that was not queued on this index before is checked and shown to the server; the
    /// same one again takes the ring.
    static func queue(
        _ handle: Handle, _ fd: Int32, _ buffer: UnsafeMutablePointer<v4l2_buffer>, _ planes: Arguments.Planes
    ) -> Int64 {
        guard let page = unsafe handle.pointee.page else { return -Int64(ENODEV) }
        let isOutput = unsafe page.pointee.is_output != 0
        if isOutput {
            let copied = unsafe copyIn(handle, fd, page, buffer, planes)
            if copied < 0 { return copied }
        }
        var outcome = QueueBuffer.Outcome.server
        unsafe Lock.locked(handle, fd, page) {
            outcome = unsafe QueueBuffer.publishAny(handle, page, buffer, planes: planes.base)
        }
        switch outcome {
        case .done: return 0
        case .doneAndWake: return unsafe Ioctl.wake(handle, fd)
        case .server:
            // An output buffer's was checked before it was copied from.
            let checked = unsafe isOutput ? 0 : check(page, buffer, planes, writable: true)
            if checked < 0 { return checked }
            return unsafe Ioctl.ask(handle, fd, VB2_VIDIOC_QBUF, UnsafeMutableRawPointer(buffer))
        }
    }

    /// After DQBUF: the payload goes where the program wants it.
    @inline(never)
    static func dequeued(
        _ handle: Handle, _ fd: Int32, _ buffer: UnsafeMutablePointer<v4l2_buffer>, _ planes: Arguments.Planes?
    ) -> Int64 {
        guard let page = unsafe handle.pointee.page, let planes,
            unsafe page.pointee.memory == V4L2_MEMORY_USERPTR.rawValue, unsafe page.pointee.is_output == 0
        else { return 0 }
        return unsafe copyOut(handle, fd, page, buffer, planes)
    }

    /// PREPARE_BUF acquires the memory just as QBUF does.
    static func checkPrepared(_ handle: Handle, _ argument: UnsafeMutableRawPointer?) -> Int64 {
        guard let page = unsafe handle.pointee.page, unsafe page.pointee.memory == V4L2_MEMORY_USERPTR.rawValue,
            let argument = unsafe argument, unsafe Arguments.isReadable(argument, MemoryLayout<v4l2_buffer>.size)
        else { return 0 }
        let buffer = unsafe argument.assumingMemoryBound(to: v4l2_buffer.self)
        guard let planes = unsafe Arguments.planes(of: buffer, page) else { return 0 }
        return unsafe check(page, buffer, planes, writable: page.pointee.is_output == 0)
    }

    /// The range must be there, and writable if the device fills it: the kernel's EFAULT. It becomes
    /// present, as pinning would make it.
    private static func check(
        _ page: Page, _ buffer: UnsafeMutablePointer<v4l2_buffer>, _ planes: Arguments.Planes, writable: Bool
    ) -> Int64 {
        // A prepared or queued buffer's pointer is not looked at.
        guard unsafe buffer.pointee.memory == V4L2_MEMORY_USERPTR.rawValue,
            unsafe buffer.pointee.index < page.pointee.buffer_count,
            unsafe slot(page, buffer.pointee.index).pointee.state == UInt32(VB2_SLOT_DEQUEUED)
        else { return 0 }
        for number in 0..<Int(planes.count) {
            let offered = unsafe BufferFields.plane(buffer, planes.base, number)
            let needed = unsafe (UnsafeRawPointer(page) + VB2_AT_MINIMUM_LENGTH + number * 4).load(as: UInt32.self)
            // A short one is EINVAL, which the server says.
            if offered.length < needed { return 0 }
            if offered.reference == 0 { return -Int64(EFAULT) }
            let result = System.populate(offered.reference, UInt64(offered.length), writable: writable)
            if result < 0 { return result == -Int64(EOVERFLOW) ? result : -Int64(EFAULT) }
        }
        return 0
    }

    private static func copyOut(
        _ handle: Handle, _ fd: Int32, _ page: Page, _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        _ planes: Arguments.Planes
    ) -> Int64 {
        let index = unsafe buffer.pointee.index
        guard unsafe index < page.pointee.buffer_count else { return 0 }
        for number in 0..<Int(planes.count) {
            let fields = unsafe BufferFields.plane(buffer, planes.base, number)
            if fields.reference == 0 { continue }
            guard let view = unsafe Shadows.view(handle, fd, page, index: index, plane: number),
                let base = unsafe view.part.bytes
            else { return -Int64(ENODEV) }
            let count = min(Int(fields.bytesUsed), Int(fields.length), view.count)
            guard count > 0 else { continue }
            unsafe page.pointee.copies &+= 1
            // What was unmapped since QBUF gets nothing. The kernel has it pinned, and fills it for nobody.
            _ = unsafe System.copy(base, fields.reference, count, isToPlace: true)
        }
        return 0
    }

    /// Before QBUF of an output buffer. A prepared one is copied from where it was prepared, whatever the program
    /// says now. What the server will refuse is left alone.
    private static func copyIn(
        _ handle: Handle, _ fd: Int32, _ page: Page, _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        _ planes: Arguments.Planes
    ) -> Int64 {
        let index = unsafe buffer.pointee.index
        guard unsafe buffer.pointee.memory == V4L2_MEMORY_USERPTR.rawValue,
            unsafe index < page.pointee.buffer_count
        else { return 0 }
        let slot = unsafe slot(page, index)
        let state = unsafe slot.pointee.state
        guard state == UInt32(VB2_SLOT_DEQUEUED) || state == UInt32(VB2_SLOT_PREPARED) else { return 0 }
        for number in 0..<Int(planes.count) {
            let kept = unsafe slotPlane(slot, number)
            var fields = unsafe BufferFields.plane(buffer, planes.base, number)
            if state == UInt32(VB2_SLOT_PREPARED) {
                fields = unsafe BufferFields.Plane(
                    bytesUsed: kept.pointee.bytes_used, length: kept.pointee.length, dataOffset: 0,
                    reference: kept.pointee.user_pointer)
            } else if unsafe fields.reference != kept.pointee.user_pointer || fields.length != kept.pointee.length {
                let checked = unsafe check(page, buffer, planes, writable: false)
                if checked < 0 { return checked }
            }
            let least = unsafe (UnsafeRawPointer(page) + VB2_AT_MINIMUM_LENGTH + number * 4).load(as: UInt32.self)
            if fields.length < least || fields.bytesUsed > fields.length { return 0 }
            if fields.reference == 0 { return -Int64(EFAULT) }
            guard let view = unsafe Shadows.view(handle, fd, page, index: index, plane: number),
                let base = unsafe view.part.bytes
            else { return 0 }
            unsafe page.pointee.copies &+= 1
            // No payload means the whole plane.
            let used = Int(fields.bytesUsed == 0 ? fields.length : fields.bytesUsed)
            let count = min(used, view.count)
            // As above: where there is nothing, the frame is what was there before.
            if count > 0 { _ = unsafe System.copy(base, fields.reference, count, isToPlace: false) }
        }
        return 0
    }
}
