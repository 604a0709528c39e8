import BufferQueue
import BufferSharing
import FaultSupport
import LinuxSystem
import Testing

/// DMABUF and USERPTR (A41, A42, A50 to A59).
@Suite(.eachCallFailing) struct QueueImportTests {
    private func bench(
        _ direction: QueueDirection = .capture, planes: Int = 1, size: Int = 4096, count: Int = 3
    ) throws -> Bench {
        let bench = Bench(direction, planes: planes, size: size)
        try #require(try bench.queue.requestBuffers(count, memory: .dmabuf) == count)
        return bench
    }

    /// One round of a buffer: device and back.
    private func cycle(_ bench: Bench, _ index: Int, _ imports: [SharedBuffer]?, length: UInt32 = 0) throws {
        try bench.queue.enqueue(index, bench.submission(length: length, imports: imports))
        #expect(bench.fill() == index)
        try #require(try bench.queue.dequeue() == index)
    }

    @Test(arguments: [1, 2, 3, 8], [QueueDirection.capture, .output])
    func theMappingIsKept(planes: Int, direction: QueueDirection) throws {
        let bench = try bench(direction, planes: planes)
        #expect(bench.space.counters.attaches == 0)
        let imports = try bench.foreign(count: planes)
        try bench.queue.enqueue(0, bench.submission(imports: imports))
        try bench.queue.streamOn()
        bench.fill()
        _ = try bench.queue.dequeue()
        #expect(bench.space.counters.realMaps == planes)
        #expect(bench.space.counters.attaches == planes)
        // The same memory under other descriptors, or none at all.
        let aliases = try imports.map { try SharedBuffer.importing($0.exportDescriptor(access: .readWrite)) }
        for _ in 0..<3 {
            try cycle(bench, 0, imports)
            try cycle(bench, 0, aliases, length: 4096)
            try cycle(bench, 0, nil)
            try bench.queue.enqueueUnchanged(0, payload: .init(), planes: .init(repeating: .init()))
            bench.queue.streamOff()
            try bench.queue.streamOn()
        }
        #expect(bench.space.counters.realMaps == planes)
        #expect(bench.space.counters.attaches == planes)
        #expect(bench.space.counters.detaches == 0)
        // Other memory in the last plane replaces all planes (A57).
        var others = imports
        others[planes - 1] = try bench.foreign()
        try cycle(bench, 0, others)
        #expect(bench.space.counters.attaches == 2 * planes)
        #expect(bench.space.counters.detaches == planes)
        // Only the new memory is mapped; the old mapping is kept, in case that memory comes back.
        #expect(bench.space.counters.realMaps == planes + 1)
        #expect(bench.space.idleMappings.count == 1)
        try cycle(bench, 0, imports)
        #expect(bench.space.counters.realMaps == planes + 1)
        bench.queue.streamOff()
        #expect(bench.space.mappingCount == planes + 1)
        try #require(try bench.queue.requestBuffers(0, memory: .dmabuf) == 0)
        #expect(bench.isBalanced)
        #expect(bench.queue.counters.planesAcquired == 3 * planes)
    }

    /// The kernel attaches and maps anew each time (K14).
    @Test func rotationOverTheIndicesMapsNothing() throws {
        let bench = try bench(count: 4)
        try bench.queue.streamOn()
        let rotating = try bench.foreign(count: 32)
        for round in 0..<max(2, Effort.scaled(50)) {
            for (number, buffer) in rotating.enumerated() { try cycle(bench, (number + round) % 4, [buffer]) }
        }
        #expect(bench.space.counters.realMaps == 32)
        #expect(bench.space.mappingCount == 32)
        bench.queue.streamOff()
        try #require(try bench.queue.requestBuffers(0, memory: .dmabuf) == 0)
        #expect(bench.isBalanced)
    }

    @Test func idleMappingsHaveALimit() throws {
        let space = AddressSpace(idleLimits: IdleMappingLimits(mappings: 2, bytes: 1 << 20))
        let bench = Bench(space: space)
        try #require(try bench.queue.requestBuffers(1, memory: .dmabuf) == 1)
        try bench.queue.streamOn()
        for buffer in try bench.foreign(count: 5) { try cycle(bench, 0, [buffer]) }
        #expect(space.idleMappings.count == 2)
        #expect(space.mappingCount == 3)
        for buffer in try bench.foreign(count: 3, size: 600 << 10) { try cycle(bench, 0, [buffer]) }
        #expect(space.idleMappings.bytes <= 1 << 20)
        #expect(space.idleMappings.count == 1)
        bench.queue.release()
        #expect(bench.isBalanced)
    }

    @Test func anotherLengthIsAnotherMemory() throws {
        let bench = try bench()
        try bench.queue.streamOn()
        let import8 = [try bench.foreign(8192)]
        try cycle(bench, 0, import8)
        #expect(bench.queue.buffers[0].planes[0].length == 8192)
        try cycle(bench, 0, import8, length: 8192)
        #expect(bench.space.counters.attaches == 1)
        try cycle(bench, 0, import8, length: 5000)
        #expect(bench.queue.buffers[0].planes[0].length == 5000)
        #expect(bench.space.counters.attaches == 2)
    }

    @Test func oneBufferAtTwoIndices() throws {
        let bench = try bench(planes: 2)
        let one = try bench.foreign()
        try bench.queue.enqueue(0, bench.submission(imports: [one, one]))
        try bench.queue.enqueue(1, bench.submission(imports: [one, one]))
        #expect(bench.space.counters.realMaps == 1)
        #expect(bench.space.counters.sharedMaps == 3)
        #expect(bench.space.counters.attaches == 4)
        #expect(bench.queue.buffers[0].identity(ofPlane: 0) == one.identity)
        bench.queue.streamOff()
        let other = try bench.foreign()
        try bench.queue.enqueue(0, bench.submission(imports: [other, other]))
        #expect(bench.queue.buffers[1].identity(ofPlane: 1) == one.identity)
        #expect(bench.space.mappingCount == 2)
        bench.queue.release()
        #expect(bench.isBalanced)
    }

    @Test(arguments: [1, 2, 3, 8]) func whatIsRefused(planes: Int) throws {
        let bench = try bench(planes: planes, size: 5000)
        let queue = bench.queue
        let good = try bench.foreign(count: planes, size: 8192)
        func refused(_ errno: Errno, _ imports: [SharedBuffer]?, length: UInt32 = 0) {
            let submission = bench.submission(length: length, imports: imports)
            #expect(throws: errno) { try queue.enqueue(0, submission) }
            #expect(throws: errno) { try queue.prepare(0, submission) }
            #expect(queue.state.slots[0].state == .dequeued)
            #expect(!queue.state.slots[0].isPrepared)
        }
        func refuseAll() throws {
            // A50, and too many.
            refused(.invalidArgument, Array(good.dropLast()))
            refused(.invalidArgument, [])
            refused(.invalidArgument, good + good)
            // A52: too small, with or without a length.
            var small = good
            small[planes - 1] = try bench.foreign(4096)
            refused(.invalidArgument, small)
            refused(.invalidArgument, small, length: 4999)
            refused(.invalidArgument, good, length: 4999)
            // A53, in every plane (K4).
            refused(.badAddress, good, length: 8193)
            refused(.badAddress, Array(repeating: good[0], count: planes), length: 16 * 8192)
        }
        refused(.invalidArgument, nil)
        try refuseAll()
        #expect(bench.space.counters.attaches == 0)
        #expect(queue.buffers[0].planes[0].length == 5000)
        try queue.enqueue(0, bench.submission(length: 5000, imports: good, reference: 7))
        queue.streamOff()
        // What is there stays (K2, K7), and so does its number.
        let before = bench.space.counters
        try refuseAll()
        #expect(bench.space.counters == before)
        #expect(queue.buffers[0].planes[planes - 1].userReference == 7)
        try queue.enqueue(0, bench.submission(imports: nil))
        queue.release()
        #expect(bench.isBalanced)
    }

    @Test(arguments: [1, 2, 3, 8]) func anAttachThatFailsLeavesNothing(planes: Int) throws {
        let bench = try bench(planes: planes)
        let queue = bench.queue
        let good = try bench.foreign(count: planes, size: 8192)
        // The device can't write what came read-only: the last plane fails after all others were mapped.
        var bad = try bench.foreign(count: planes)
        bad[planes - 1] = try SharedBuffer.importing(bad[planes - 1].exportDescriptor(access: .readOnly))
        for index in 0...1 {
            if index == 1 {
                try queue.enqueue(1, bench.submission(imports: good, reference: 9))
                queue.streamOff()
                #expect(queue.buffers[1].planes[0].length == 8192)
            }
            for _ in 0..<5 {
                #expect(throws: Errno.permissionDenied) {
                    try queue.enqueue(index, bench.submission(imports: bad, reference: 8))
                }
            }
            #expect(bench.space.mappingCount == bench.space.idleMappings.count)
            #expect(bench.space.counters.isBalanced)
            #expect(queue.buffers[index].identity(ofPlane: 0) == nil)
            #expect(queue.mapping(ofPlane: 0, ofBuffer: index) == nil)
            // As if it had never been queued (A58).
            for plane in 0..<planes {
                #expect(queue.buffers[index].planes[plane].userReference == 0)
                #expect(queue.buffers[index].planes[plane].length == 4096)
            }
            #expect(throws: Errno.invalidArgument) {
                try queue.enqueueUnchanged(index, payload: .init(), planes: .init(repeating: .init()))
            }
        }
        // It is not poisoned (K2).
        try queue.enqueue(1, bench.submission(imports: good))
        queue.release()
        #expect(bench.isBalanced)
    }

    @Test func anOutputDeviceReadsReadOnlyBuffers() throws {
        let bench = try bench(.output)
        let imported = try SharedBuffer.importing(bench.foreign().exportDescriptor(access: .readOnly))
        try bench.queue.enqueue(0, bench.submission(imports: [imported]))
        try bench.queue.streamOn()
        #expect(bench.queue.take() == 0)
        #expect(bench.queue.mapping(ofPlane: 0, ofBuffer: 0)?.access == .read)
    }

    @Test func numbersAreLabels() throws {
        let bench = try bench(planes: 2)
        let queue = bench.queue
        #expect(queue.buffers[0].planes[0].userReference == 0)
        let imports = try bench.foreign(count: 2)
        try queue.enqueue(0, bench.submission(imports: imports, reference: 11))
        queue.streamOff()
        #expect(queue.buffers[0].planes[1].userReference == 11)
        try queue.enqueue(0, bench.submission(imports: imports, reference: 12))
        #expect(queue.buffers[0].planes[1].userReference == 12)
        queue.setUserReference(13, plane: 1, buffer: 0)
        for (plane, index) in [(2, 0), (-1, 0), (0, 3), (0, -1)] {
            queue.setUserReference(99, plane: plane, buffer: index)
        }
        #expect(queue.buffers[0].planes[1].userReference == 13)
        #expect(queue.buffers[0].planes[0].userReference == 12)
    }

    @Test func createdBuffersNeedTheirOwnSize() throws {
        let bench = Bench()
        _ = try bench.queue.createBuffers(1, memory: .dmabuf, sizes: PlaneSizes([8192]))
        #expect(throws: Errno.invalidArgument) {
            try bench.queue.enqueue(0, bench.submission(imports: [bench.foreign(4096)]))
        }
        try bench.queue.enqueue(0, bench.submission(imports: [bench.foreign(8192)]))
    }

    @Test(arguments: [1, 2, 3, 8], [QueueDirection.capture, .output])
    func userPointersHaveShadows(planes: Int, direction: QueueDirection) throws {
        let bench = Bench(direction, planes: planes)
        let queue = bench.queue
        try #require(try queue.requestBuffers(2, memory: .userPointer) == 2)
        #expect(bench.space.counters.attaches == 2 * planes)
        #expect(throws: Errno.invalidArgument) {
            try queue.enqueue(0, bench.submission(length: 4095, reference: 0x1000))
        }
        #expect(queue.buffers[0].planes[0].userReference == 0)
        try queue.enqueue(0, bench.submission(length: 4096, reference: 0x1000))
        try queue.enqueue(1, bench.submission(length: 9999, reference: 0x2000))
        #expect(queue.buffers[0].planes[planes - 1].userReference == 0x1000)
        try queue.streamOn()
        bench.fill()
        _ = try queue.dequeue()
        #expect(queue.buffers[0].planes[planes - 1].userReference == 0x1000)
        try queue.enqueue(0, bench.submission(length: 4096, reference: 0x3000))
        #expect(queue.buffers[0].planes[0].userReference == 0x3000)
        #expect(bench.space.counters.attaches == 2 * planes)
        #expect(bench.space.counters.realMaps == 2 * planes)
        let file = try queue.planeFile(planes - 1, ofBuffer: 0, access: .readWrite)
        try #require(try SharedBuffer.importing(file).identity == queue.buffers[0].identity(ofPlane: planes - 1))
        queue.release()
        #expect(bench.isBalanced)
    }
}
