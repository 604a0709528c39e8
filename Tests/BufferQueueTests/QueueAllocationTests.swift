import BufferQueue
import BufferSharing
import LinuxSystem
import Testing

/// REQBUFS, CREATE_BUFS, EXPBUF and the end (A22 to A37, A82).
@Suite(.eachCallFailing) struct QueueAllocationTests {
    @Test(arguments: [1, 2, 3, 8], [QueueDirection.capture, .output])
    func allocatesAndFrees(planes: Int, direction: QueueDirection) throws {
        let bench = Bench(direction, planes: planes, size: 5000)
        let queue = bench.queue
        try #require(try queue.requestBuffers(3, memory: .mmap) == 3)
        #expect(queue.memory == .mmap)
        #expect(queue.planeCount == planes)
        // Nothing is mapped before the first QBUF.
        #expect(bench.space.mappingCount == 0)
        var identities: Set<BufferIdentity> = []
        for index in 0..<3 {
            for plane in 0..<planes {
                #expect(queue.buffers[index].planes[plane].length == 5000)
                try #require(try queue.sharedBuffer(ofPlane: plane, ofBuffer: index).unwrapped.size >= 5000)
                identities.insert(try queue.buffers[index].identity(ofPlane: plane).unwrapped)
            }
            #expect(queue.sharedBuffer(ofPlane: planes, ofBuffer: index) == nil)
        }
        #expect(identities.count == 3 * planes)
        #expect(queue.sharedBuffer(ofPlane: 0, ofBuffer: 3) == nil)
        #expect(queue.sharedBuffer(ofPlane: 0, ofBuffer: -1) == nil)
        try #require(try queue.requestBuffers(0, memory: .mmap) == 0)
        #expect(queue.memory == nil)
        #expect(queue.lastMemory == .mmap)
        #expect(queue.counters.buffersAllocated == 3)
        #expect(queue.counters.planesAcquired == 3 * planes)
        #expect(bench.isBalanced)
    }

    @Test func theCountIsClamped() throws {
        let bench = Bench(maximum: 5, minimum: 2)
        try #require(try bench.queue.requestBuffers(1, memory: .mmap) == 2)
        try #require(try bench.queue.requestBuffers(1000, memory: .mmap) == 5)
        #expect(bench.queue.state.bufferCount == 5)
        // One more than the device waits for (A4).
        let patient = Bench(minimumQueued: 3)
        try #require(try patient.queue.requestBuffers(1, memory: .mmap) == 4)
    }

    @Test(arguments: MemoryType.allCases) func theDeviceSaysWhichMemory(type: MemoryType) throws {
        let types: [MemoryType: MemoryTypes] = [.mmap: .mmap, .userPointer: .userPointer, .dmabuf: .dmabuf]
        let bench = Bench(memory: try types[type].unwrapped)
        for other in MemoryType.allCases where other != type {
            // Also for count 0 (A22).
            for count in 0...1 {
                #expect(throws: Errno.invalidArgument) { try bench.queue.requestBuffers(count, memory: other) }
            }
            #expect(throws: Errno.invalidArgument) {
                try bench.queue.createBuffers(0, memory: other, sizes: bench.driver.planeSizes)
            }
        }
        try #require(try bench.queue.requestBuffers(1, memory: type) == 1)
        #expect(bench.queue.buffers[0].identity(ofPlane: 0) == nil || type != .dmabuf)
    }

    @Test func streamingKeepsTheBuffers() throws {
        let bench = Bench()
        try #require(try bench.queue.requestBuffers(2, memory: .mmap) == 2)
        try bench.queue.streamOn()
        for count in 0...2 {
            #expect(throws: Errno.resourceBusy) { try bench.queue.requestBuffers(count, memory: .mmap) }
            #expect(throws: Errno.resourceBusy) { try bench.queue.requestBuffers(count, memory: .dmabuf) }
        }
        #expect(bench.queue.buffers.count == 2)
        // CREATE_BUFS may: also when the queue failed (A37).
        try #require(try bench.queue.createBuffers(1, memory: .mmap, sizes: bench.driver.planeSizes) == (2, 1))
        bench.queue.fail()
        try #require(try bench.queue.createBuffers(1, memory: .mmap, sizes: bench.driver.planeSizes) == (3, 1))
        bench.queue.release()
        #expect(bench.isBalanced)
    }

    @Test func newBuffersReplaceTheOld() throws {
        let bench = Bench()
        try #require(try bench.queue.requestBuffers(3, memory: .mmap) == 3)
        try bench.enqueue(1)
        try bench.queue.prepare(2, bench.submission())
        let old = try bench.queue.buffers[0].identity(ofPlane: 0).unwrapped
        try #require(try bench.queue.requestBuffers(2, memory: .mmap) == 2)
        #expect(bench.queue.buffers[0].identity(ofPlane: 0) != old)
        #expect(bench.queue.state.slots.allSatisfy { $0.state == .dequeued && !$0.isPrepared })
        #expect(!bench.queue.state.everQueued)
        #expect(bench.queue.counters.prepared == 2)
        #expect(bench.queue.counters.finished == 2)
        #expect(bench.observer.news == [.returned])
        // Another memory type needs no count 0 in between (A26).
        try #require(try bench.queue.requestBuffers(1, memory: .dmabuf) == 1)
        #expect(bench.space.mappingCount == 0)
    }

    @Test(arguments: [1, 2, 3, 8]) func whatMemoryThereIsSuffices(planes: Int) throws {
        // One plane is missing for the third buffer: two are made, and the rest of the third is released.
        let bench = Bench(planes: planes, minimum: 2, heap: LimitedHeap(3 * planes - 1))
        try #require(try bench.queue.requestBuffers(5, memory: .mmap) == 2)
        #expect(bench.queue.state.bufferCount == 2)
        #expect(bench.space.counters.attaches - bench.space.counters.detaches == 2 * planes)
        #expect(bench.queue.allocationFailure?.errno == .noMemory)
        bench.queue.release()
        #expect(bench.isBalanced)
    }

    @Test(arguments: [1, 2, 3, 8]) func lessThanTheMinimumIsNothing(planes: Int) throws {
        let bench = Bench(planes: planes, minimum: 2, heap: LimitedHeap(2 * planes - 1))
        #expect(throws: Errno.noMemory) { try bench.queue.requestBuffers(5, memory: .mmap) }
        #expect(bench.queue.buffers.isEmpty)
        #expect(bench.queue.memory == nil)
        #expect(bench.queue.state.bufferCount == 0)
        #expect(bench.isBalanced)
        #expect(throws: Errno.noMemory) {
            try bench.queue.createBuffers(1, memory: .mmap, sizes: bench.driver.planeSizes)
        }
        let none = Bench(minimum: 0, heap: LimitedHeap(0))
        #expect(throws: Errno.noMemory) { try none.queue.requestBuffers(1, memory: .mmap) }
    }

    @Test func anEmptyPlaneIsRefused() throws {
        for memory in MemoryType.allCases {
            let bench = Bench(planes: 2)
            try #require(try bench.queue.requestBuffers(1, memory: memory) == 1)
            bench.driver.planeSizes = PlaneSizes([4096, 0])
            #expect(throws: Errno.invalidArgument) { try bench.queue.requestBuffers(1, memory: memory) }
            // The old buffers are gone all the same (A27).
            #expect(bench.queue.buffers.isEmpty)
            bench.driver.planeSizes = PlaneSizes([])
            #expect(throws: Errno.invalidArgument) { try bench.queue.requestBuffers(1, memory: memory) }
        }
    }

    @Test func createBuffersErrnos() throws {
        let bench = Bench(planes: 2, maximum: 4)
        let queue = bench.queue
        let sizes = bench.driver.planeSizes
        try #require(try queue.createBuffers(0, memory: .mmap, sizes: sizes) == (0, 0))
        try #require(try queue.createBuffers(-1, memory: .mmap, sizes: sizes) == (0, 0))
        #expect(queue.memory == nil)
        for wrong in [[], [0, 0], [4096, 0], [4096], [4095, 4096], [4096, 4095], [4096, 4096, 4096]] {
            #expect(throws: Errno.invalidArgument, "\(wrong)") {
                try queue.createBuffers(1, memory: .mmap, sizes: PlaneSizes(wrong))
            }
        }
        try #require(try queue.createBuffers(2, memory: .mmap, sizes: sizes) == (0, 2))
        #expect(throws: Errno.invalidArgument) { try queue.createBuffers(1, memory: .dmabuf, sizes: sizes) }
        // Larger is honoured, and what is more than fits is cut.
        try #require(try queue.createBuffers(10, memory: .mmap, sizes: PlaneSizes([9000, 4096])) == (2, 2))
        #expect(queue.buffers[1].planes[0].length == 4096)
        #expect(queue.buffers[3].planes[0].length == 9000)
        try #require(try queue.sharedBuffer(ofPlane: 0, ofBuffer: 3).unwrapped.size >= 9000)
        #expect(throws: Errno.noBufferSpace) { try queue.createBuffers(1, memory: .mmap, sizes: sizes) }
        // Full is told before what else is wrong, but after a size that is none (A32 to A35).
        #expect(throws: Errno.noBufferSpace) { try queue.createBuffers(1, memory: .dmabuf, sizes: sizes) }
        #expect(throws: Errno.noBufferSpace) { try queue.createBuffers(1, memory: .mmap, sizes: PlaneSizes([1, 1])) }
        #expect(throws: Errno.invalidArgument) { try queue.createBuffers(1, memory: .mmap, sizes: PlaneSizes([1, 0])) }
        try #require(try queue.createBuffers(0, memory: .mmap, sizes: sizes) == (4, 0))
        queue.release()
        #expect(bench.isBalanced)
    }

    @Test func aLongNameIsCut() throws {
        let bench = Bench(name: String(repeating: "ü", count: 40))
        try #require(try bench.queue.requestBuffers(12, memory: .mmap) == 12)
    }

    @Test(arguments: [1, 2, 3, 8]) func exportsOutliveTheQueue(planes: Int) throws {
        let bench = Bench(planes: planes)
        let queue = bench.queue
        #expect(throws: Errno.invalidArgument) { _ = try queue.exportPlane(0, ofBuffer: 0, access: .readWrite) }
        try #require(try queue.requestBuffers(2, memory: .mmap) == 2)
        for (plane, index) in [(planes, 0), (-1, 0), (0, 2), (0, -1)] {
            #expect(throws: Errno.invalidArgument) {
                _ = try queue.exportPlane(plane, ofBuffer: index, access: .readWrite)
            }
        }
        #expect(!queue.buffers[1].isShared)
        let exported = try queue.exportPlane(planes - 1, ofBuffer: 1, access: .readWrite)
        let again = try queue.exportPlane(planes - 1, ofBuffer: 1, access: .readOnly)
        #expect(queue.buffers[1].isShared)
        #expect(!queue.buffers[0].isShared)
        let identity = try queue.buffers[1].identity(ofPlane: planes - 1).unwrapped
        do {
            let attachment = try AddressSpace().attach(
                queue.sharedBuffer(ofPlane: planes - 1, ofBuffer: 1).unwrapped)
            try attachment.map(direction: .fromDevice).mapping.withMutableBytes {
                $0.storeBytes(of: 42, as: UInt8.self)
            }
        }
        try #require(try queue.requestBuffers(0, memory: .mmap) == 0)
        #expect(bench.isBalanced)
        let mapping = try MemoryMapping(descriptor: exported, length: 4096, access: .readWrite)
        #expect(mapping.withBytes { unsafe $0.unsafeLoad(as: UInt8.self) } == 42)
        #expect(throws: Errno.permissionDenied) {
            _ = try MemoryMapping(descriptor: again, length: 4096, access: .readWrite)
        }
        // Both are the same buffer: here the kernel makes two (K11).
        try #require(try SharedBuffer.importing(exported).identity == identity)
        try #require(try SharedBuffer.importing(again).identity == identity)
    }

    @Test func onlyMMAPIsExported() throws {
        let bench = Bench()
        for memory in [MemoryType.userPointer, .dmabuf] {
            try #require(try bench.queue.requestBuffers(1, memory: memory) == 1)
            #expect(throws: Errno.invalidArgument) {
                _ = try bench.queue.exportPlane(0, ofBuffer: 0, access: .readWrite)
            }
        }
        #expect(throws: Errno.invalidArgument) { _ = try bench.queue.planeFile(0, ofBuffer: 0, access: .readWrite) }
        try #require(try bench.queue.requestBuffers(1, memory: .userPointer) == 1)
        _ = try bench.queue.planeFile(0, ofBuffer: 0, access: .readWrite)
        #expect(!bench.queue.buffers[0].isShared)
        bench.queue.markShared(0)
        bench.queue.markShared(1)
        #expect(bench.queue.buffers[0].isShared)
    }
}

extension Optional {
    /// The value, or the end of the test.
    var unwrapped: Wrapped {
        get throws {
            try #require(self)
        }
    }
}
