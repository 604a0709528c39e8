import BufferQueue
import CVideoABI
package import LinuxSystem
import PixelFormats
import V4L2Types

extension QueueIoctls {
    /// VIDIOC_REQBUFS (A22 to A30). Source: vb2_ioctl_reqbufs.
    func requestBuffers(_ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        var raw = try request.load(v4l2_requestbuffers.self)
        try checkType(raw.type)
        var buffers = try RequestBuffers(raw)
        guard let memory = MemoryType(rawValue: buffers.memory.rawValue),
            queue.configuration.memoryTypes.allows(memory)
        else { throw .invalidArgument }
        try checkNoFileIO()
        try checkOwner(handle)
        let count = try queue.requestBuffers(Int(clamping: buffers.count), memory: memory)
        owner = count > 0 ? handle : nil
        buffers.count = UInt32(count)
        buffers.capabilities = capabilities
        buffers.flags = heeded(buffers.flags, memory)
        isNonCoherent = buffers.flags.contains(.nonCoherent)
        buffers.encode(into: &raw)
        request.store(raw)
    }

    /// VIDIOC_CREATE_BUFS (A31 to A37). Source: vb2_ioctl_create_bufs.
    func createBuffers(_ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        var raw = unsafe try request.load(v4l2_create_buffers.self)
        unsafe try checkType(raw.format.type)
        var create = unsafe try CreateBuffers(raw)
        guard let memory = MemoryType(rawValue: create.memory.rawValue),
            queue.configuration.memoryTypes.allows(memory)
        else { throw .invalidArgument }
        create.capabilities = capabilities
        // The usual maximum goes without saying: to older programs the field is reserved, and they want a 0 there.
        if queue.configuration.maximumBuffers > Self.usualMaximum {
            create.capabilities.insert(.maximumBufferCount)
            create.maximumBufferCount = UInt32(queue.configuration.maximumBuffers)
        }
        create.flags = heeded(create.flags, memory)
        create.index = UInt32(queue.state.bufferCount)
        if create.count > 0 {
            try checkNoFileIO()
            try checkOwner(handle)
            let asksNonCoherent = create.flags.contains(.nonCoherent)
            if !queue.buffers.isEmpty, asksNonCoherent != isNonCoherent { throw .invalidArgument }
            let format = create.format.format
            let sizes = PlaneSizes(count: format.planeCount) { Int(format.planes[$0].sizeImage) }
            let made = try queue.createBuffers(Int(clamping: create.count), memory: memory, sizes: sizes)
            owner = handle
            isNonCoherent = asksNonCoherent
            create.index = UInt32(made.first)
            create.count = UInt32(made.count)
        }
        unsafe create.encode(into: &raw)
        unsafe request.store(raw)
    }

    /// VIDEO_MAX_FRAME
    private static let usualMaximum = 32

    /// NON_COHERENT counts for MMAP buffers of a device that heeds hints; everything else is cleared (A87).
    private func heeded(_ flags: BufferMemoryFlags, _ memory: MemoryType) -> BufferMemoryFlags {
        queue.configuration.allowsCacheHints && memory == .mmap ? flags.intersection(.nonCoherent) : []
    }

    /// VIDIOC_REMOVE_BUFS (A38). Source: vb2_ioctl_remove_bufs.
    func removeBuffers(_ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        var raw = try request.load(vb2_remove_buffers.self)
        try checkType(raw.type)
        let remove = try RemoveBuffers(raw)
        if remove.count > 0 {
            try checkOwner(handle)
            try checkNoFileIO()
            try queue.removeBuffers(Int(remove.index), count: Int(remove.count))
            // The last buffer's end is the queue's: somebody else may have it now, and formats change again.
            if queue.buffers.isEmpty, !queue.state.isStreaming { owner = nil }
        }
        remove.encode(into: &raw)
        request.store(raw)
    }

    /// read(), write() or poll() on a queue without buffers: the queue streams for it (A72, A73, A83). For read() all
    /// buffers are queued; for write() the program fills them first.
    ///
    /// - Parameter isOutput: whether it is write().
    /// - Throws: EINVAL (the device offers no file I/O), EBUSY (buffers are allocated, or another owner).
    package func startFileIO(_ handle: OpenHandle, isOutput: Bool) throws(Errno) {
        if isFileIO, owner === handle { return }
        guard isOutput == type.isOutput, device.offersFileIO else { throw .invalidArgument }
        try checkOwner(handle)
        guard queue.buffers.isEmpty, !queue.state.isStreaming, !type.isMultiplanar else { throw .resourceBusy }
        let count = try queue.requestBuffers(2, memory: .mmap)
        do throws(Errno) {
            if !isOutput { for index in 0..<count { try queue.enqueue(index, BufferSubmission()) } }
            try queue.streamOn()
        } catch {
            queue.release()
            throw error
        }
        owner = handle
        isFileIO = true
    }
}
