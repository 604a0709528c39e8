import CVideoABI
import Synchronization

/// Any ioctl on a device: the two of the frame path are tried in the page first, the rest is asked of the
/// server.
enum Ioctl {
    static func perform(_ handle: Handle, _ fd: Int32, _ command: UInt32, _ argument: UnsafeMutableRawPointer?)
        -> Int64
    {
        switch command {
        case VB2_VIDIOC_QBUF: return unsafe queueAny(handle, fd, argument)
        case VB2_VIDIOC_DQBUF: return unsafe dequeueAny(handle, fd, argument)
        case VB2_VIDIOC_PREPARE_BUF:
            let checked = unsafe UserPointers.checkPrepared(handle, argument)
            return checked < 0 ? checked : unsafe ask(handle, fd, command, argument)
        case VB2_VIDIOC_STREAMOFF, VB2_VIDIOC_REQBUFS:
            // The gate first: what other threads do from here on comes after this request.
            unsafe closeGate(handle)
            return unsafe takeBack(handle, fd, command, argument)
        case VB2_VIDIOC_DQEVENT: return unsafe dequeueEvent(handle, fd, command, argument)
        default: return unsafe ask(handle, fd, command, argument)
        }
    }

    // MARK: The frame path

    /// QBUF. Almost all queues are single-planar ones for capture: what they need, and nothing else, is in this one
    /// function.
    @inline(__always)
    static func queue(_ handle: Handle, _ fd: Int32, _ argument: UnsafeMutableRawPointer?) -> Int64 {
        guard let page = unsafe handle.pointee.page, unsafe isPlain(page),
            unsafe Arguments.isWritable(argument, MemoryLayout<v4l2_buffer>.size), let argument = unsafe argument
        else { return unsafe queueAny(handle, fd, argument) }
        var outcome = QueueBuffer.Outcome.server
        unsafe Lock.locked(handle, fd, page) {
            outcome = unsafe QueueBuffer.publish(
                handle, page, argument.assumingMemoryBound(to: v4l2_buffer.self), planes: nil, isOutput: false)
        }
        if case .done = outcome { return 0 }
        if case .doneAndWake = outcome { return unsafe wake(handle, fd) }
        return unsafe queueAny(handle, fd, argument)
    }

    @inline(never)
    private static func queueAny(_ handle: Handle, _ fd: Int32, _ argument: UnsafeMutableRawPointer?) -> Int64 {
        guard let page = unsafe handle.pointee.page, let argument = unsafe argument,
            unsafe Arguments.isWritable(argument, MemoryLayout<v4l2_buffer>.size)
        else { return unsafe ask(handle, fd, VB2_VIDIOC_QBUF, argument) }
        let buffer = unsafe argument.assumingMemoryBound(to: v4l2_buffer.self)
        guard let planes = unsafe Arguments.planes(of: buffer, page), unsafe !isFileIO(page) else {
            return unsafe ask(handle, fd, VB2_VIDIOC_QBUF, argument)
        }
        if unsafe page.pointee.memory == V4L2_MEMORY_USERPTR.rawValue {
            return unsafe UserPointers.queue(handle, fd, buffer, planes)
        }
        var outcome = QueueBuffer.Outcome.server
        unsafe Lock.locked(handle, fd, page) {
            outcome = unsafe QueueBuffer.publishAny(handle, page, buffer, planes: planes.base)
        }
        switch outcome {
        case .done: return 0
        case .doneAndWake: return unsafe wake(handle, fd)
        case .server: return unsafe ask(handle, fd, VB2_VIDIOC_QBUF, argument)
        }
    }

    /// DQBUF, as above.
    @inline(__always)
    static func dequeue(_ handle: Handle, _ fd: Int32, _ argument: UnsafeMutableRawPointer?) -> Int64 {
        guard let page = unsafe handle.pointee.page, unsafe isPlain(page),
            unsafe Arguments.isWritable(argument, MemoryLayout<v4l2_buffer>.size), let argument = unsafe argument
        else { return unsafe dequeueAny(handle, fd, argument) }
        let buffer = unsafe argument.assumingMemoryBound(to: v4l2_buffer.self)
        guard unsafe buffer.pointee.type == V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue else {
            return unsafe dequeueAny(handle, fd, argument)
        }
        var outcome = DequeueBuffer.Outcome.empty
        unsafe Lock.locked(handle, fd, page) {
            guard unsafe page.pointee.waiter == 0 else { return }
            outcome = unsafe DequeueBuffer.pop(page, fd, buffer, planes: nil, planesLength: 1)
        }
        if case .done = outcome { return 0 }
        return unsafe dequeueAny(handle, fd, argument)
    }

    @inline(never)
    private static func dequeueAny(_ handle: Handle, _ fd: Int32, _ argument: UnsafeMutableRawPointer?) -> Int64 {
        guard let page = unsafe handle.pointee.page, let argument = unsafe argument,
            unsafe Arguments.isWritable(argument, MemoryLayout<v4l2_buffer>.size)
        else {
            // No buffer is lost on memory that can't take its description.
            let result = unsafe ask(handle, fd, VB2_VIDIOC_DQBUF, argument)
            return result < 0 ? result : -Int64(EFAULT)
        }
        let buffer = unsafe argument.assumingMemoryBound(to: v4l2_buffer.self)
        guard unsafe buffer.pointee.type == page.pointee.buffer_type, unsafe !isFileIO(page) else {
            return unsafe ask(handle, fd, VB2_VIDIOC_DQBUF, argument)
        }
        let planes = unsafe Arguments.planes(of: buffer, page)
        let planesLength = planes?.count ?? 0
        while true {
            var outcome = DequeueBuffer.Outcome.server
            var waited: Int64 = 0
            unsafe Lock.locked(handle, fd, page) {
                outcome =
                    unsafe page.pointee.waiter != 0
                    ? .empty
                    : DequeueBuffer.pop(page, fd, buffer, planes: planes?.base, planesLength: planesLength)
                if case .empty = outcome {
                    unsafe Pressure.yield(handle, page)
                    waited = unsafe DequeueBuffer.wait(page, fd)
                }
            }
            switch outcome {
            case .done: return unsafe UserPointers.dequeued(handle, fd, buffer, planes)
            case .shortPlanes: return -Int64(EINVAL)
            case .empty: if waited < 0 { return waited }
            case .server:
                // 0: the gate is open again, look once more.
                let result = unsafe ask(handle, fd, VB2_VIDIOC_DQBUF, argument)
                if result < 0 { return result }
            }
        }
    }

    /// A single-planar capture queue whose memory is the device's own or a DMABUF, and that read() does not drive.
    @inline(__always)
    private static func isPlain(_ page: Page) -> Bool {
        unsafe page.pointee.buffer_type == V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
            && page.pointee.memory != V4L2_MEMORY_USERPTR.rawValue && !isFileIO(page)
    }

    /// read() drives the rings: the ioctls must not, and the server says EBUSY.
    @inline(__always)
    private static func isFileIO(_ page: Page) -> Bool {
        unsafe word(page, VB2_AT_STATE).pointee.load(ordering: .relaxed) & UInt32(VB2_STATE_FILE_IO) != 0
    }

    /// DQEVENT on a handle that may wait sleeps on the socket, which every new event makes readable.
    private static func dequeueEvent(
        _ handle: Handle, _ fd: Int32, _ command: UInt32, _ argument: UnsafeMutableRawPointer?
    ) -> Int64 {
        while true {
            let result = unsafe ask(handle, fd, command, argument)
            unsafe payOwnWake(handle, fd)
            guard result == -Int64(ENOENT), !System.isNonblocking(fd), let page = unsafe handle.pointee.page else {
                return result
            }
            let waited = unsafe Polling.sleepForEvent(handle, fd, page)
            if waited < 0 { return waited }
        }
    }

    /// STREAMOFF and REQBUFS: the buffers that could have been dequeued can't be any more.
    private static func takeBack(
        _ handle: Handle, _ fd: Int32, _ command: UInt32, _ argument: UnsafeMutableRawPointer?
    ) -> Int64 {
        var value: UInt64 = 0
        let result = unsafe ask(handle, fd, command, argument, value: &value)
        if result >= 0, value == 1 { Doorbell.fill(fd) }
        if command == VB2_VIDIOC_REQBUFS, result >= 0, let page = unsafe handle.pointee.page {
            unsafe Lock.locked(handle, fd, page) { unsafe Witnesses.forgetAll(handle) }
        }
        unsafe payOwnWake(handle, fd)
        if result >= 0 { unsafe Pressure.stopped(handle) }
        return result
    }

    // MARK: Asking

    static func ask(
        _ handle: Handle, _ fd: Int32, _ command: UInt32, _ argument: UnsafeMutableRawPointer?
    ) -> Int64 {
        var value: UInt64 = 0
        return unsafe ask(handle, fd, command, argument, value: &value)
    }

    /// - Parameter value: becomes the answer's `value`.
    private static func ask(
        _ handle: Handle, _ fd: Int32, _ command: UInt32, _ argument: UnsafeMutableRawPointer?,
        value: inout UInt64
    ) -> Int64 {
        if let page = unsafe handle.pointee.page { unsafe Pressure.yield(handle, page) }
        var request = Request(VB2_OP_IOCTL, command: command)
        let size = Arguments.byteCount(command)
        guard size > 0 else { return unsafe request.perform(handle, fd) }
        guard let base = unsafe argument, unsafe Arguments.isReadable(base, size) else {
            request.header.flags |= UInt32(VB2_REQUEST_FAULTED)
            return unsafe request.perform(handle, fd)
        }
        let nested = unsafe Arguments.nested(command, base)
        if nested.count == 0, unsafe Arguments.isWithoutPlanes(command, base) {
            request.header.flags |= UInt32(VB2_REQUEST_FAULTED)
            return unsafe request.perform(handle, fd)
        }
        unsafe Arguments.addDescriptors(command, base, nested, to: &request)
        var result = unsafe request.perform(handle, fd, Region(base, size), nested)
        if result == -Int64(EBADF), request.descriptors.count > 0 {
            // A number that is not open: the server finds the buffer missing and says EINVAL.
            request.descriptors = DescriptorList()
            result = unsafe request.perform(handle, fd, Region(base, size), nested)
        }
        if result >= 0, command == VB2_VIDIOC_EXPBUF { return unsafe Arguments.keepExported(base, request) }
        request.received.closeAll()
        value = request.reply.value
        return result
    }

    private static func payOwnWake(_ handle: Handle, _ fd: Int32) {
        guard let page = unsafe handle.pointee.page else { return }
        unsafe Lock.locked(handle, fd, page) { unsafe Doorbell.payOwnWake(page, fd) }
    }

    private static func closeGate(_ handle: Handle) {
        guard let page = unsafe handle.pointee.page else { return }
        unsafe PageLock.lock(page)
        unsafe word(page, VB2_AT_GATE).pointee.store(0, ordering: .sequentiallyConsistent)
        unsafe PageLock.unlock(page)
    }

    /// Tells the device that the queued ring is no longer empty.
    /// - Returns: 0, or -ENODEV if the server is gone.
    static func wake(_ handle: Handle, _ fd: Int32) -> Int64 {
        if unsafe handle.pointee.control < 0 {
            // A child of a fork that has no control socket yet: any request makes the server look.
            var request = Request(VB2_OP_SYNC)
            return unsafe min(request.perform(handle, fd), 0)
        }
        var header = Request(VB2_OP_WAKE).header
        let nothing = unsafe vb2_part(bytes: nil, count: 0)
        let sent = unsafe withUnsafeMutablePointer(to: &header) { header in
            let part = unsafe vb2_part(bytes: UnsafeRawPointer(header), count: 64)
            return unsafe vb2_send_message(handle.pointee.control, part, nothing, nothing, nil, 0, 0)
        }
        guard sent == -Int64(EPIPE) || sent == -Int64(ECONNRESET), let page = unsafe handle.pointee.page else {
            return 0
        }
        unsafe Doorbell.shutGate(page)
        return -Int64(ENODEV)
    }
}
