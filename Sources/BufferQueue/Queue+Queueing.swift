import BufferSharing
public import SystemPackage

extension Queue {
    /// QBUF.
    ///
    /// The errno and the order of the checks are the kernel's (vb2_core_qbuf); a failed call leaves the
    /// buffer with the program. A buffer that PREPARE_BUF prepared takes nothing from `submission`.
    public func enqueue(_ index: Int, _ submission: BufferSubmission) throws(Errno) {
        try prepareIfNeeded(index, submission)
        try enqueuePrepared(index)
    }

    /// QBUF of a buffer whose memory is what it was: the ring's path, which allocates nothing.
    public func enqueueUnchanged(_ index: Int, payload: BufferPayload, planes: [8 of PlanePayload]) throws(Errno) {
        try state.checkSubmission(index)
        guard !buffers[index].memory.isEmpty else { throw .invalidArgument }
        if !state.slots[index].isPrepared {
            try takePayload(index, payload, planes)
            try finishPreparing(index)
        }
        try enqueuePrepared(index)
    }

    private func enqueuePrepared(_ index: Int) throws(Errno) {
        let action = try state.enqueue(index)
        voidContent(index)
        if action == .start { try start(queueing: index) }
    }

    /// PREPARE_BUF.
    public func prepare(_ index: Int, _ submission: BufferSubmission) throws(Errno) {
        try state.checkIndex(index)
        let wasPrepared = state.slots[index].isPrepared
        try prepareIfNeeded(index, submission)
        if wasPrepared { throw .invalidArgument }
    }

    /// DQBUF: the oldest completed buffer is the program's now. nil if there is none yet.
    /// - Throws: EINVAL (not streaming), EIO (the queue failed), EPIPE (after the last buffer).
    public func dequeue() throws(Errno) -> Int? {
        guard let index = try state.dequeue() else { return nil }
        counters.finished += 1
        return index
    }

    // MARK: Preparing

    private func prepareIfNeeded(_ index: Int, _ submission: BufferSubmission) throws(Errno) {
        try state.checkIndex(index)
        // Lengths first, as in the kernel: before the state, and before it touches memory.
        if !state.slots[index].isPrepared { try checkLengths(index, submission) }
        try state.checkSubmission(index)
        if state.slots[index].isPrepared { return }
        if memory == .dmabuf { try takeImports(index, submission) }
        if memory == .userPointer { try takeAddresses(index, submission) }
        try takePayload(index, submission.payload, submission.planes)
        try finishPreparing(index)
    }

    private func finishPreparing(_ index: Int) throws(Errno) {
        try mapAtFirst(index)
        try driver?.prepare(bufferAt: index, of: self)
        try state.prepare(index)
        counters.prepared += 1
    }

    /// Output buffers: the payload must fit. Source: __verify_length, __verify_planes_array.
    private func checkLengths(_ index: Int, _ submission: BufferSubmission) throws(Errno) {
        guard configuration.direction == .output else { return }
        for plane in 0..<buffers[index].planeCount {
            let used = submission.planes[plane]
            guard used.fits(in: lengthToBe(ofPlane: plane, index, submission)) else { throw .invalidArgument }
        }
    }

    /// The plane's length if the submission is accepted.
    private func lengthToBe(ofPlane plane: Int, _ index: Int, _ submission: BufferSubmission) -> UInt32 {
        if memory != .mmap, submission.planes[plane].length > 0 { return submission.planes[plane].length }
        if memory == .dmabuf, let imports = submission.imports, imports.indices.contains(plane) {
            return UInt32(clamping: imports[plane].size)
        }
        return buffers[index].planes[plane].length
    }

    private func takePayload(
        _ index: Int, _ payload: BufferPayload, _ planes: [8 of PlanePayload]
    ) throws(Errno) {
        guard configuration.direction == .output else {
            buffers[index].payload = payload
            // What a capture buffer held is void; until it is filled it reports the whole format.
            let sizes = driver?.planeSizes ?? PlaneSizes([])
            for plane in 0..<buffers[index].planeCount {
                buffers[index].planes[plane].bytesUsed = UInt32(clamping: sizes[plane])
                buffers[index].planes[plane].dataOffset = 0
            }
            return
        }
        // Again, for what comes through the ring, and because the length may be another one now.
        for plane in 0..<buffers[index].planeCount {
            guard planes[plane].fits(in: buffers[index].planes[plane].length) else { throw .invalidArgument }
        }
        buffers[index].payload = payload
        for plane in 0..<buffers[index].planeCount {
            let used = planes[plane].bytesUsed
            // No payload means all of the plane: of an import, as much as the program said that it has, if it did.
            let whole = memory == .dmabuf ? planes[plane].length : buffers[index].planes[plane].length
            buffers[index].planes[plane].bytesUsed = used == 0 && !configuration.allowsEmptyPayload ? whole : used
            buffers[index].planes[plane].dataOffset = planes[plane].dataOffset
        }
    }

    /// USERPTR: the addresses are labels here, but each must have room for the plane.
    private func takeAddresses(_ index: Int, _ submission: BufferSubmission) throws(Errno) {
        let count = buffers[index].planeCount
        for plane in 0..<count where Int(submission.planes[plane].length) < buffers[index].minimumLengths[plane] {
            throw .invalidArgument
        }
        for plane in 0..<count {
            buffers[index].planes[plane].userReference = submission.planes[plane].userReference
            // Together with the address it says whether the next QBUF brings the same memory.
            buffers[index].planes[plane].length = submission.planes[plane].length
        }
    }

    /// Attaches and maps the buffers that the program handed in, unless they are the ones that are there:
    /// then the kept mapping serves on. Source: __prepare_dmabuf.
    private func takeImports(_ index: Int, _ submission: BufferSubmission) throws(Errno) {
        guard let imports = submission.imports else {
            if buffers[index].memory.isEmpty { throw .invalidArgument }
            return
        }
        let count = buffers[index].planeCount
        guard imports.count == count else { throw .invalidArgument }
        func length(_ plane: Int) -> Int {
            let asked = Int(submission.planes[plane].length)
            return asked == 0 ? imports[plane].size : asked
        }
        // All planes' lengths come before what attaching any of them says.
        for plane in 0..<count where length(plane) < buffers[index].minimumLengths[plane] { throw .invalidArgument }
        var unchanged = buffers[index].memory.count == count
        for plane in 0..<count {
            let length = length(plane)
            if length > imports[plane].size { throw .badAddress }
            if unchanged {
                let kept = buffers[index].memory[plane]
                unchanged = kept.buffer.identity == imports[plane].identity && kept.length == length
            }
        }
        if !unchanged { try replaceMemory(index, with: imports, submission) }
        for plane in 0..<count {
            buffers[index].planes[plane].userReference = submission.planes[plane].userReference
        }
    }

    private func replaceMemory(
        _ index: Int, with imports: [SharedBuffer], _ submission: BufferSubmission
    ) throws(Errno) {
        release(buffers[index].memory)
        buffers[index].memory = []
        buffers[index].resetPlanes()
        var planes: [PlaneMemory] = []
        for (plane, buffer) in imports.enumerated() {
            let asked = Int(submission.planes[plane].length)
            do throws(BufferSharingError) {
                let charge = try account?.charge(for: .pin(buffer.size))
                planes.append(
                    try attach(buffer, length: asked == 0 ? buffer.size : asked, charge: charge, mayComeBack: true))
            } catch {
                release(planes)
                throw error.errno
            }
        }
        for (plane, memory) in planes.enumerated() {
            buffers[index].planes[plane].length = UInt32(clamping: memory.length)
        }
        buffers[index].memory = planes
        do throws(Errno) {
            try mapAtFirst(index)
        } catch {
            release(planes)
            buffers[index].memory = []
            buffers[index].resetPlanes()
            throw error
        }
    }
}
