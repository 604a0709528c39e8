import BufferQueue
import BufferSharing
import CVideoABI
package import LinuxSystem
import PixelFormats
package import V4L2Types

extension QueueIoctls {
    /// VIDIOC_QUERYBUF (A39): any handle may ask.
    func queryBuffer(_ request: borrowing IoctlRequest) throws(Errno) {
        try withBuffer(request) { buffer throws(Errno) in
            try self.queue.state.checkIndex(Int(buffer.index))
            if self.type.isMultiplanar, buffer.planeCount < self.queue.planeCount { throw .invalidArgument }
        }
    }

    /// VIDIOC_QBUF (A.4).
    func queueBuffer(_ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        try submit(request, handle) { index, submission throws(Errno) in
            try self.queue.enqueue(index, submission)
        }
    }

    /// VIDIOC_PREPARE_BUF (A.4).
    func prepareBuffer(_ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        try submit(request, handle, isPreparing: true) { index, submission throws(Errno) in
            try self.queue.prepare(index, submission)
        }
    }

    /// VIDIOC_DQBUF for a program in this process; through the rings only `checkDequeue` is asked.
    func dequeueBuffer(_ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        try withBuffer(request) { buffer throws(Errno) in
            try self.checkDequeue(handle)
            if self.type.isMultiplanar, buffer.planeCount < self.queue.planeCount { throw .invalidArgument }
            guard let index = try self.queue.dequeue() else { throw .resourceTemporarilyUnavailable }
            buffer.index = UInt32(index)
        }
    }

    /// Whether DQBUF may go on (A63): owner, file I/O, not streaming, failed, after the last buffer.
    package func checkDequeue(_ handle: OpenHandle) throws(Errno) {
        try checkOwner(handle)
        try checkNoFileIO()
        _ = try queue.state.checkDequeue()
    }

    // MARK: Conversion

    /// Loads the struct, checks its type, lets `body` act, and stores what the queue has at its index.
    private func withBuffer(
        _ request: borrowing IoctlRequest, _ body: (inout BufferDescriptor) throws(Errno) -> Void
    ) throws(Errno) {
        var raw = unsafe try request.load(v4l2_buffer.self)
        unsafe try checkType(raw.type)
        var buffer = unsafe try BufferDescriptor(raw, planes: UnsafeRawBufferPointer(request.nested))
        try body(&buffer)
        let answer = describe(Int(buffer.index))
        unsafe answer.encode(into: &raw, planes: request.nested)
        unsafe request.store(raw)
    }

    private func submit(
        _ request: borrowing IoctlRequest, _ handle: OpenHandle, isPreparing: Bool = false,
        _ body: (Int, BufferSubmission) throws(Errno) -> Void
    ) throws(Errno) {
        try withBuffer(request) { buffer throws(Errno) in
            try self.checkOwner(handle)
            try self.checkNoFileIO()
            // vb2_prepare_buf: a request prepares its buffers itself.
            if isPreparing, buffer.flags.contains(.requestDescriptor) { throw .invalidArgument }
            let index = Int(buffer.index)
            try self.queue.state.checkIndex(index)
            guard let memory = self.queue.memory, buffer.rawMemory == memory.rawValue else { throw .invalidArgument }
            guard buffer.planeCount >= self.queue.planeCount else { throw .invalidArgument }
            let slot = self.queue.state.slots[index]
            // Source: vb2_queue_or_prepare_buf.
            if buffer.flags.contains(.requestDescriptor), slot.state != .dequeued { throw .invalidArgument }
            let isPrepared = slot.isPrepared
            if self.type.isOutput, !isPrepared { try self.checkImportLengths(buffer, memory) }
            if self.type.isOutput, !isPrepared, buffer.field == .alternate { throw .invalidArgument }
            if buffer.flags.contains(.requestDescriptor) { throw Errno(rawValue: Self.badRequestDescriptor) }
            try body(index, self.submission(buffer, memory))
        }
    }

    /// A multi-planar import is measured by the length that the program says, even by 0 (A45).
    /// Source: __verify_length.
    private func checkImportLengths(_ buffer: BufferDescriptor, _ memory: MemoryType) throws(Errno) {
        guard type.isMultiplanar, memory == .dmabuf else { return }
        for plane in 0..<queue.planeCount where buffer.planes[plane].bytesUsed > buffer.planes[plane].length {
            throw .invalidArgument
        }
    }

    private func submission(_ buffer: BufferDescriptor, _ memory: MemoryType) -> BufferSubmission {
        var result = BufferSubmission()
        result.planeCount = queue.planeCount
        result.payload.flags = buffer.flags.intersection(acceptedFlags).rawValue
        if type.isOutput {
            result.payload.field = buffer.field.rawValue
            if queue.configuration.copiesTimestamps {
                result.payload.timestamp =
                    buffer.timestampSeconds &* 1_000_000_000 &+ buffer.timestampMicroseconds &* 1000
            }
        } else {
            // A capture buffer is only as good as its next frame; the field stays what it was.
            result.payload.field = queue.buffers[Int(buffer.index)].payload.field
        }
        for plane in 0..<result.planeCount {
            result.planes[plane].bytesUsed = buffer.planes[plane].bytesUsed
            result.planes[plane].length = buffer.planes[plane].length
            result.planes[plane].dataOffset = buffer.planes[plane].dataOffset
            result.planes[plane].userReference = buffer.planes[plane].location
        }
        if memory == .dmabuf {
            // A plane whose descriptor was none makes the list too short: EINVAL (A50).
            result.imports = imports.prefix { $0 != nil }.compactMap { $0 }.prefix(result.planeCount).map { $0 }
        }
        return result
    }

    /// What QUERYBUF, QBUF and DQBUF say of buffer `index`. Source: fill_user_buffer.
    package func describe(_ index: Int) -> BufferDescriptor {
        let buffer = queue.buffers[index]
        let slot = queue.state.slots[index]
        var result = BufferDescriptor(index: UInt32(index), type: type, memory: .mmap)
        result.rawMemory = queue.memory?.rawValue ?? 0
        result.flags = BufferFlags(rawValue: buffer.payload.flags).union(timestampFlags)
        if buffer.isShared { result.flags.insert(.mapped) }
        switch slot.state {
        case .dequeued: if slot.isPrepared { result.flags.insert(.prepared) }
        case .queued, .active: result.flags.insert(.queued)
        case .done: result.flags.insert(.done)
        case .failed: result.flags.formUnion([.done, .error])
        }
        result.field = FieldOrder(rawValue: buffer.payload.field)
        result.sequence = buffer.payload.sequence
        let microseconds = buffer.payload.timestamp / 1000
        result.timestampSeconds = microseconds / 1_000_000
        result.timestampMicroseconds = microseconds % 1_000_000
        result.planeCount = buffer.planeCount
        for plane in 0..<buffer.planeCount {
            let payload = buffer.planes[plane]
            let location =
                queue.memory == .mmap
                ? UInt64(MapOffset(index: index, plane: plane).value) : payload.userReference
            result.planes[plane] = .init(
                bytesUsed: payload.bytesUsed, length: payload.length, location: location,
                dataOffset: payload.dataOffset)
        }
        return result
    }

    /// Flags of QBUF that stay with the buffer until it is queued again: cache hints (A86; the kernel keeps them,
    /// K29), and what an output frame is. Source: vb2_fill_vb2_v4l2_buffer.
    package var acceptedFlags: BufferFlags {
        let heeds = queue.configuration.allowsCacheHints && queue.memory == .mmap
        var result: BufferFlags = heeds ? [.undefined, .noCacheInvalidate, .noCacheClean] : .undefined
        if type.isOutput { result.formUnion([.keyFrame, .predictedFrame, .bidirectionalFrame, .last]) }
        return result
    }

    /// What the queue's timestamps are.
    package var timestampFlags: BufferFlags {
        queue.configuration.copiesTimestamps ? .timestampCopy : .timestampMonotonic
    }

    /// EBADR: the queue takes no requests.
    private static let badRequestDescriptor: CInt = 53
}
