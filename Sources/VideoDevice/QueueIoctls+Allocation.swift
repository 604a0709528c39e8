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
        buffers.flags = []
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
        create.flags = []
        create.index = UInt32(queue.buffers.count)
        if create.count > 0 {
            try checkNoFileIO()
            try checkOwner(handle)
            let format = create.format.format
            let sizes = PlaneSizes(count: format.planeCount) { Int(format.planes[$0].sizeImage) }
            let made = try queue.createBuffers(Int(clamping: create.count), memory: memory, sizes: sizes)
            owner = handle
            create.index = UInt32(made.first)
            create.count = UInt32(made.count)
        }
        unsafe create.encode(into: &raw)
        unsafe request.store(raw)
    }

    /// read() or poll() on a queue without buffers: the queue streams for it (A72, A83).
    ///
    /// - Throws: EINVAL (the device offers no file I/O), EBUSY (buffers are allocated, or another owner).
    package func startFileIO(_ handle: OpenHandle) throws(Errno) {
        if isFileIO, owner === handle { return }
        guard device.offersFileIO, !type.isOutput else { throw .invalidArgument }
        try checkOwner(handle)
        guard queue.buffers.isEmpty, !queue.state.isStreaming, !type.isMultiplanar else { throw .resourceBusy }
        let count = try queue.requestBuffers(2, memory: .mmap)
        do throws(Errno) {
            for index in 0..<count { try queue.enqueue(index, BufferSubmission()) }
            try queue.streamOn()
        } catch {
            queue.release()
            throw error
        }
        owner = handle
        isFileIO = true
    }
}
