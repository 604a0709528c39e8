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
            let copied = unsafe copy(handle, fd, page, buffer, planes, fromProgram: true)
            if copied < 0 { return copied }
        }
        var outcome = QueueBuffer.Outcome.server
        unsafe Lock.locked(handle, fd, page) {
            outcome = unsafe QueueBuffer.publish(page, buffer, planes: planes.base)
        }
        switch outcome {
        case .done: return 0
        case .doneAndWake: return unsafe Ioctl.wake(handle, fd)
        case .server:
            let checked = unsafe check(page, buffer, planes, writable: !isOutput)
            if checked < 0 { return checked }
            return unsafe Ioctl.ask(handle, fd, VB2_VIDIOC_QBUF, UnsafeMutableRawPointer(buffer))
        }
    }

    /// After DQBUF: the payload goes where the program wants it.
    @inline(__always)
    static func dequeued(
        _ handle: Handle, _ fd: Int32, _ buffer: UnsafeMutablePointer<v4l2_buffer>, _ planes: Arguments.Planes?
    ) -> Int64 {
        guard let page = unsafe handle.pointee.page, let planes,
            unsafe page.pointee.memory == V4L2_MEMORY_USERPTR.rawValue, unsafe page.pointee.is_output == 0
        else { return 0 }
        return unsafe copy(handle, fd, page, buffer, planes, fromProgram: false)
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
            // EINVAL: a kernel before 5.14, where the copy itself is the check.
            if result < 0, result != -Int64(EINVAL) { return -Int64(EFAULT) }
        }
        return 0
    }

    private static func copy(
        _ handle: Handle, _ fd: Int32, _ page: Page, _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        _ planes: Arguments.Planes, fromProgram: Bool
    ) -> Int64 {
        let index = unsafe buffer.pointee.index
        guard unsafe index < page.pointee.buffer_count else { return 0 }
        for number in 0..<Int(planes.count) {
            let fields = unsafe BufferFields.plane(buffer, planes.base, number)
            guard let place = unsafe UnsafeMutableRawPointer(bitPattern: UInt(fields.reference)) else { continue }
            guard let view = unsafe Shadows.view(handle, fd, page, index: index, plane: number),
                let base = unsafe view.part.bytes
            else { return fromProgram ? 0 : -Int64(ENODEV) }
            unsafe page.pointee.copies &+= 1
            let count = min(Int(fields.bytesUsed), Int(fields.length), view.count)
            if fromProgram {
                unsafe UnsafeMutableRawPointer(mutating: base).copyMemory(from: place, byteCount: count)
            } else {
                unsafe place.copyMemory(from: base, byteCount: count)
            }
        }
        return 0
    }
}
