public import BufferSharing
public import LinuxSystem
public import SystemPackage

extension Queue {
    /// REQBUFS: frees what there is, and makes `count` buffers of the driver's plane sizes.
    ///
    /// - Parameter count: 0 frees only. Raised to the queue's minimum, cut to its maximum.
    /// - Returns: how many there are now; may be fewer than asked if memory ran out.
    /// - Throws: EINVAL (memory type), EBUSY (streaming), ENOMEM (not even the minimum).
    /// Source: vb2_core_reqbufs.
    public func requestBuffers(_ count: Int, memory type: MemoryType) throws(Errno) -> Int {
        allocationFailure = nil
        guard configuration.memoryTypes.allows(type) else { throw .invalidArgument }
        if state.isStreaming { throw .resourceBusy }
        freeBuffers()
        if count == 0 { return 0 }
        guard let sizes = driver?.planeSizes, sizes.areUsable else { throw .invalidArgument }
        let wanted = min(max(count, configuration.minimumBuffers), configuration.maximumBuffers)
        let made = addBuffers(0..<wanted, memory: type, sizes: sizes)
        guard made >= max(configuration.minimumBuffers, 1) else {
            freeBuffers()
            throw .noMemory
        }
        return made
    }

    /// CREATE_BUFS: adds buffers of the caller's sizes to those that exist.
    ///
    /// - Parameters:
    ///   - count: 0 makes none, and fails only for the memory type.
    ///   - sizes: bytes of each plane, not less than the format's.
    /// - Returns: the index of the first new buffer, and how many there are.
    /// - Throws: EINVAL (a size is 0), ENOBUFS (full), EINVAL (memory type differs, sizes too small), ENOMEM.
    /// Source: vb2_core_create_bufs.
    public func createBuffers(
        _ count: Int, memory type: MemoryType, sizes: PlaneSizes
    ) throws(Errno) -> (first: Int, count: Int) {
        allocationFailure = nil
        guard configuration.memoryTypes.allows(type) else { throw .invalidArgument }
        if count <= 0 { return (state.bufferCount, 0) }
        guard sizes.areUsable else { throw .invalidArgument }
        guard let range = state.freeRange(for: count, maximum: configuration.maximumBuffers) else {
            throw .noBufferSpace
        }
        if let memory, memory != type { throw .invalidArgument }
        let needed = driver?.planeSizes ?? PlaneSizes([])
        guard sizes.count == needed.count else { throw .invalidArgument }
        for plane in 0..<sizes.count where sizes[plane] < needed[plane] { throw .invalidArgument }
        let made = addBuffers(range, memory: type, sizes: sizes)
        guard made > 0 else { throw .noMemory }
        return (range.lowerBound, made)
    }

    /// REMOVE_BUFS: frees some buffers, which leave their indices free. All of them or none; at any time.
    /// - Throws: EINVAL (not all are there), EBUSY (one is not with the program).
    /// Source: vb2_core_remove_bufs.
    public func removeBuffers(_ first: Int, count: Int) throws(Errno) {
        if count == 0 { return }
        let prepared = state.slots.indices.filter { $0 >= first && $0 - first < count && state.slots[$0].isPrepared }
        try state.removeBuffers(first, count: count)
        // What was prepared is finished first, which the kernel forgets.
        counters.finished += prepared.count
        for index in first..<(first + count) {
            release(buffers[index].memory)
            buffers[index] = QueueBuffer(sizes: PlaneSizes([]))
            counters.buffersFreed += 1
        }
        buffers.removeLast(buffers.count - state.slots.count)
        if buffers.isEmpty { memory = nil }
        observer?.buffersRemoved(in: self)
    }

    /// Stops streaming and frees every buffer: what the close of the owner's handle does.
    public func release() {
        if state.isStreaming { streamOff() }
        freeBuffers()
    }

    /// EXPBUF: a new descriptor for a plane's memory, the caller's to own. It outlives the buffer.
    /// - Throws: EINVAL (no such buffer or plane, or not MMAP).
    public func exportPlane(
        _ plane: Int, ofBuffer index: Int, access: SharedBuffer.ExportAccess
    ) throws(Errno) -> OwnedDescriptor {
        guard memory == .mmap else { throw .invalidArgument }
        let exported = try planeFile(plane, ofBuffer: index, access: access)
        buffers[index].isShared = true
        return exported
    }

    /// The file behind a plane that the queue allocated, whatever its memory type says: for mmap, and for
    /// the program's own view of a USERPTR plane.
    public func planeFile(
        _ plane: Int, ofBuffer index: Int, access: SharedBuffer.ExportAccess
    ) throws(Errno) -> OwnedDescriptor {
        guard memory != .dmabuf, let buffer = sharedBuffer(ofPlane: plane, ofBuffer: index) else {
            throw .invalidArgument
        }
        // From now on the program can write what the device is to read.
        if configuration.direction == .output { buffer.setContentOwed(true) }
        do {
            return try buffer.exportDescriptor(access: access)
        } catch {
            throw error.errno
        }
    }

    /// The buffer behind a plane, for a program in this process; nil while the plane has no memory.
    public func sharedBuffer(ofPlane plane: Int, ofBuffer index: Int) -> SharedBuffer? {
        guard buffers.indices.contains(index), buffers[index].memory.indices.contains(plane) else { return nil }
        return buffers[index].memory[plane].buffer
    }

    /// Bytes of the file behind a plane, 0 if there is none: whole memory pages, of which the plane is the first part.
    public func memorySize(ofPlane plane: Int, ofBuffer index: Int) -> Int {
        sharedBuffer(ofPlane: plane, ofBuffer: index)?.size ?? 0
    }

    /// A program maps a plane: QUERYBUF shows V4L2_BUF_FLAG_MAPPED from now on.
    public func markShared(_ index: Int) {
        if buffers.indices.contains(index) { buffers[index].isShared = true }
    }

    // MARK: Memory

    /// Makes buffers of the indices in `range`, which are free; stops at the first that fails.
    private func addBuffers(_ range: Range<Int>, memory type: MemoryType, sizes: PlaneSizes) -> Int {
        do throws(Errno) {
            // Their tables are arrays, which can't fail.
            try Memory.checkHeadroom(1 << 20 + range.count << 12)
        } catch {
            allocationFailure = BufferSharingError(.system, errno: error, context: "\(range.count) buffers")
            return 0
        }
        var made = 0
        for index in range {
            var buffer = QueueBuffer(sizes: sizes)
            do throws(BufferSharingError) {
                buffer.charge = try account?.charge(for: .buffer)
                // USERPTR planes have memory here too: the program copies once, between it and its own.
                if type != .dmabuf { buffer.memory = try allocatePlanes(sizes, bufferIndex: index) }
            } catch {
                allocationFailure = error
                break
            }
            while buffers.count <= index { buffers.append(QueueBuffer(sizes: PlaneSizes([]))) }
            buffers[index] = buffer
            counters.buffersAllocated += 1
            made += 1
        }
        if made > 0 {
            memory = type
            lastMemory = type
            planeCount = sizes.count
            state.addBuffers(range.prefix(made))
        }
        return made
    }

    private func allocatePlanes(
        _ sizes: PlaneSizes, bufferIndex: Int
    ) throws(BufferSharingError) -> [PlaneMemory] {
        var planes: [PlaneMemory] = []
        planes.reserveCapacity(sizes.count)
        for plane in 0..<sizes.count {
            let name = bufferName(bufferIndex, plane)
            do throws(BufferSharingError) {
                let bytes = Memory.roundedToPages(sizes[plane]) ?? sizes[plane]
                let charge = try account?.charge(for: .memory(bytes))
                let buffer = try heap.allocate(size: sizes[plane], name: name)
                planes.append(try attach(buffer, length: sizes[plane], charge: charge))
            } catch {
                release(planes)
                throw error
            }
        }
        return planes
    }

    /// The queue's name and the plane's numbers, cut to what a buffer's name can be.
    private func bufferName(_ index: Int, _ plane: Int) -> String {
        let numbers = "-\(index)-\(plane)"
        var name = configuration.name
        while name.utf8.count + numbers.utf8.count > SharedBuffer.nameLimit { name.removeLast() }
        return name + numbers
    }

    /// Attaches the device to `buffer`.
    /// - Parameter mayComeBack: it is the program's, which may hand it in again under another index: its mapping is
    ///   kept for a while after the detach.
    func attach(
        _ buffer: SharedBuffer, length: Int, charge: (any QueueCharge)?, mayComeBack: Bool = false
    ) throws(BufferSharingError) -> PlaneMemory {
        let attachment = try addressSpace.attach(
            buffer, policy: mappingPolicy, owner: mayComeBack ? MappingOwner(self) : nil)
        counters.planesAcquired += 1
        return PlaneMemory(buffer: buffer, attachment: attachment, length: length, charge: charge)
    }

    func release(_ planes: [PlaneMemory]) {
        for plane in planes.reversed() {
            plane.attachment.detach()
            counters.planesReleased += 1
        }
    }

    private func freeBuffers() {
        guard !buffers.isEmpty else { return }
        returnAll()
        for index in buffers.indices where !state.slots[index].isVacant {
            release(buffers[index].memory)
            counters.buffersFreed += 1
        }
        buffers.removeAll(keepingCapacity: true)
        // Mappings of descriptors that came and went, too: whoever owns them may be gone.
        addressSpace.dropIdle(of: MappingOwner(self))
        state.removeAllBuffers()
        memory = nil
        planeCount = 0
        observer?.buffersReturned(in: self)
    }
}
