import BufferQueue
import BufferSharing
import LinuxSystem
import Testing

/// What a QBUF says of the payload, and what a completion makes of it (A43 to A47).
@Suite(.eachCallFailing) struct QueuePayloadTests {
    private struct Case {
        var bytesUsed: UInt32
        var dataOffset: UInt32 = 0
        /// nil: refused. Else the payload that results.
        var result: UInt32?
    }

    /// Of a plane of 4096 bytes.
    private static let cases = [
        Case(bytesUsed: 0, result: 4096), Case(bytesUsed: 1, result: 1), Case(bytesUsed: 4096, result: 4096),
        Case(bytesUsed: 4097), Case(bytesUsed: .max),
        Case(bytesUsed: 0, dataOffset: 4095, result: 4096), Case(bytesUsed: 0, dataOffset: 4096),
        Case(bytesUsed: 100, dataOffset: 99, result: 100), Case(bytesUsed: 100, dataOffset: 100),
        Case(bytesUsed: 100, dataOffset: .max),
    ]

    @Test(arguments: [1, 2, 3, 8]) func outputLengths(planes: Int) throws {
        for memory in MemoryType.allCases {
            let bench = Bench(.output, planes: planes)
            let queue = bench.queue
            try #require(try queue.requestBuffers(1, memory: memory) == 1)
            let imports = memory == .dmabuf ? try bench.foreign(count: planes) : nil
            for one in Self.cases {
                // The fault is in the last plane only.
                var submission = bench.submission(bytesUsed: 50, length: 4096, imports: imports)
                submission.planes[planes - 1].bytesUsed = one.bytesUsed
                submission.planes[planes - 1].dataOffset = one.dataOffset
                if let result = one.result {
                    try queue.enqueue(0, submission)
                    #expect(queue.buffers[0].planes[planes - 1].bytesUsed == result)
                    #expect(queue.buffers[0].planes[planes - 1].dataOffset == one.dataOffset)
                    if planes > 1 { #expect(queue.buffers[0].planes[0].bytesUsed == 50) }
                    queue.streamOff()
                    // The same through the ring, where nobody has looked at it before.
                    try queue.enqueueUnchanged(0, payload: submission.payload, planes: submission.planes)
                    queue.streamOff()
                } else {
                    #expect(throws: Errno.invalidArgument, "\(one)") { try queue.enqueue(0, submission) }
                    #expect(throws: Errno.invalidArgument, "\(one)") { try queue.prepare(0, submission) }
                    #expect(throws: Errno.invalidArgument, "\(one)") {
                        try queue.enqueueUnchanged(0, payload: submission.payload, planes: submission.planes)
                    }
                    #expect(queue.state.slots[0].state == .dequeued)
                }
            }
            queue.release()
            #expect(bench.isBalanced)
        }
    }

    @Test func lengthsAreCheckedBeforeTheQueueAndTheMemory() throws {
        let bench = Bench(.output)
        try #require(try bench.queue.requestBuffers(2, memory: .dmabuf) == 2)
        let imports = [try bench.foreign()]
        // EFAULT for the length beyond the memory would come later.
        #expect(throws: Errno.invalidArgument) {
            try bench.queue.enqueue(0, bench.submission(bytesUsed: 9001, length: 9000, imports: imports))
        }
        #expect(throws: Errno.badAddress) {
            try bench.queue.enqueue(0, bench.submission(bytesUsed: 9000, length: 9000, imports: imports))
        }
        try bench.queue.enqueue(1, bench.submission(imports: imports))
        try bench.queue.streamOn()
        bench.queue.fail()
        #expect(throws: Errno.invalidArgument) { try bench.queue.enqueue(0, bench.submission(bytesUsed: 9000)) }
        #expect(throws: Errno.ioError) { try bench.queue.enqueue(0, bench.submission(bytesUsed: 1)) }
    }

    @Test func aLargeImportHoldsALargePayload() throws {
        // Without a length the memory's own size counts, not the format's (K18).
        let bench = Bench(.output)
        try #require(try bench.queue.requestBuffers(1, memory: .dmabuf) == 1)
        let large = [try bench.foreign(8192)]
        try bench.queue.enqueue(0, bench.submission(bytesUsed: 8000, imports: large))
        #expect(bench.queue.buffers[0].planes[0].bytesUsed == 8000)
        bench.queue.streamOff()
        // No payload means the length that was said, even if that is 0.
        try bench.queue.enqueue(0, bench.submission(length: 8192, imports: large))
        #expect(bench.queue.buffers[0].planes[0].bytesUsed == 8192)
        bench.queue.streamOff()
        try bench.queue.enqueue(0, bench.submission(imports: large))
        #expect(bench.queue.buffers[0].planes[0].bytesUsed == 0)
        bench.queue.streamOff()
        #expect(throws: Errno.invalidArgument) {
            try bench.queue.enqueue(0, bench.submission(bytesUsed: 8000, imports: [bench.foreign(4096)]))
        }
    }

    @Test func anEmptyPayloadWhereItIsAllowed() throws {
        let bench = Bench(.output, allowsEmptyPayload: true)
        try #require(try bench.queue.requestBuffers(1, memory: .mmap) == 1)
        try bench.enqueue(0)
        #expect(bench.queue.buffers[0].planes[0].bytesUsed == 0)
    }

    @Test func captureTakesNoLengths() throws {
        let bench = Bench(planes: 2)
        let queue = bench.queue
        _ = try queue.createBuffers(1, memory: .mmap, sizes: PlaneSizes([8192, 4096]))
        #expect(queue.buffers[0].planes[0].bytesUsed == 0)
        try queue.enqueue(0, bench.submission(bytesUsed: .max, length: 1, dataOffset: .max))
        for plane in 0..<2 {
            #expect(queue.buffers[0].planes[plane].bytesUsed == 4096)
            #expect(queue.buffers[0].planes[plane].dataOffset == 0)
        }
        #expect(queue.buffers[0].planes[0].length == 8192)
        try queue.streamOn()
        let index = try queue.take().unwrapped
        queue.complete(index, .done, bytesUsed: PlaneSizes([17, 4])) { $0.timestamp = 5 }
        #expect(queue.buffers[0].planes[0].bytesUsed == 17)
        #expect(queue.buffers[0].planes[1].bytesUsed == 4)
        #expect(queue.buffers[0].payload.timestamp == 5)
    }

    @Test func completionsLeaveAnOutputPayload() throws {
        let bench = Bench(.output)
        let queue = bench.queue
        try #require(try queue.requestBuffers(1, memory: .mmap) == 1)
        var submission = bench.submission(bytesUsed: 12, dataOffset: 4)
        submission.payload.timestamp = 99
        try queue.enqueue(0, submission)
        try queue.streamOn()
        bench.fill()
        try #require(try queue.dequeue() == 0)
        #expect(queue.buffers[0].planes[0].bytesUsed == 12)
        #expect(queue.buffers[0].planes[0].dataOffset == 4)
        #expect(queue.buffers[0].payload.timestamp == 99)
        #expect(queue.buffers[0].payload.sequence == 1)
    }

    @Test func whatIsRequeuedIsNotStamped() throws {
        let bench = Bench()
        try #require(try bench.queue.requestBuffers(2, memory: .mmap) == 2)
        try bench.enqueue(1, 0)
        try bench.queue.streamOn()
        #expect(bench.fill(.requeued) == 1)
        #expect(bench.queue.buffers[1].payload.sequence == 0)
        #expect(bench.observer.news.isEmpty)
        #expect(bench.fill() == 1)
        #expect(bench.fill() == 0)
    }

    @Test func planeSizes() {
        #expect(PlaneSizes(count: 9) { $0 }.count == 8)
        #expect(PlaneSizes(count: -1) { $0 }.count == 0)
        #expect(PlaneSizes([1, 2])[1] == 2)
        #expect(PlaneSizes([1, 2])[2] == 0)
        #expect(PlaneSizes([1, 2])[-1] == 0)
        #expect(PlaneSizes([1, 2]) == PlaneSizes([1, 2]))
        #expect(PlaneSizes([1, 2]) != PlaneSizes([1, 3]))
        #expect(PlaneSizes([1]) != PlaneSizes([1, 0]))
    }
}
