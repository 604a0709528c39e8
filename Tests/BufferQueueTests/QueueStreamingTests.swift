import BufferQueue
import BufferSharing
import LinuxSystem
import Testing

/// STREAMON, STREAMOFF, DQBUF and PREPARE_BUF (A40, A61 to A66).
@Suite(.eachCallFailing) struct QueueStreamingTests {
    private func bench(
        buffers: Int = 3, minimumQueued: Int = 0, direction: QueueDirection = .capture
    ) throws -> Bench {
        let bench = Bench(direction, minimumQueued: minimumQueued)
        try #require(try bench.queue.requestBuffers(buffers, memory: .mmap) == buffers)
        return bench
    }

    @Test(arguments: [QueueDirection.capture, .output]) func framesTravelInOrder(direction: QueueDirection) throws {
        let bench = try bench(direction: direction)
        let queue = bench.queue
        #expect(throws: Errno.invalidArgument) { try queue.dequeue() }
        try bench.enqueue(2, 0, 1)
        #expect(throws: Errno.invalidArgument) { try bench.enqueue(2) }
        #expect(queue.take() == nil)
        try queue.streamOn()
        try queue.streamOn()
        #expect(bench.driver.starts == 1)
        try #require(try queue.dequeue() == nil)
        #expect([queue.take(), queue.take(), queue.take(), queue.take()] == [2, 0, 1, nil])
        bench.complete(0)
        bench.complete(2, .failed)
        #expect(bench.observer.news == [.done(0), .done(2)])
        #expect(queue.state.slots.map(\.state) == [.done, .active, .failed])
        // It has neither: ignored (A66).
        bench.complete(0)
        bench.complete(7)
        #expect(bench.observer.news.count == 2)
        #expect(queue.buffers[0].payload.sequence == 1)
        #expect([try queue.dequeue(), try queue.dequeue(), try queue.dequeue()] == [0, 2, nil])
        try bench.enqueue(2)
        queue.release()
        #expect(bench.driver.stops == 1)
        #expect(queue.counters.taken == 3)
        #expect(bench.isBalanced)
    }

    @Test func streamOnNeedsBuffers() throws {
        let bench = Bench(minimumQueued: 2)
        #expect(throws: Errno.invalidArgument) { try bench.queue.streamOn() }
        _ = try bench.queue.createBuffers(1, memory: .mmap, sizes: bench.driver.planeSizes)
        #expect(throws: Errno.invalidArgument) { try bench.queue.streamOn() }
        _ = try bench.queue.createBuffers(1, memory: .mmap, sizes: bench.driver.planeSizes)
        try bench.queue.streamOn()
        #expect(bench.driver.starts == 0)
        #expect(bench.queue.state.phase == .armed)
    }

    @Test func theStartIsDeferred() throws {
        let bench = try bench(minimumQueued: 2)
        try bench.queue.streamOn()
        try bench.enqueue(1)
        #expect(bench.driver.starts == 0)
        #expect(bench.queue.take() == nil)
        try #require(try bench.queue.dequeue() == nil)
        var taken: [Int?] = []
        bench.driver.whileStarting = { taken = [$0.take(), $0.take(), $0.take()] }
        try bench.enqueue(0)
        #expect(bench.driver.starts == 1)
        #expect(taken == [1, 0, nil])
        bench.queue.release()
        #expect(bench.driver.stops == 1)
        #expect(bench.isBalanced)
    }

    /// What a device that could not start does with what it took.
    enum Leaves: CaseIterable {
        case nothing, inOrder, backwards, keepsAll
    }

    private func script(_ bench: Bench, _ leaves: Leaves) {
        bench.driver.startErrors = [.noSuchAddressOrDevice]
        bench.driver.whileStarting = { queue in
            guard leaves != .nothing, let first = queue.take(), let second = queue.take() else { return }
            switch leaves {
            case .inOrder: [first, second].forEach { bench.complete($0, .requeued) }
            case .backwards: [second, first].forEach { bench.complete($0, .requeued) }
            case .nothing, .keepsAll: break
            }
        }
    }

    @Test(arguments: Leaves.allCases) func aStartThatFailsCanBeTriedAgain(leaves: Leaves) throws {
        let bench = try bench()
        try bench.enqueue(2, 0, 1)
        script(bench, leaves)
        #expect(throws: Errno.noSuchAddressOrDevice) { try bench.queue.streamOn() }
        #expect(bench.queue.state.phase == .stopped)
        #expect(bench.queue.state.slots.allSatisfy { $0.state == .queued && $0.isPrepared })
        #expect(bench.queue.buffers.allSatisfy { $0.payload.sequence == 0 })
        #expect(bench.observer.news.isEmpty)
        bench.driver.whileStarting = { _ in }
        try bench.queue.streamOn()
        #expect([bench.queue.take(), bench.queue.take(), bench.queue.take()] == [2, 0, 1])
        bench.queue.release()
        #expect(bench.driver.starts == 2)
        #expect(bench.driver.stops == 1)
        #expect(bench.isBalanced)
    }

    @Test(arguments: Leaves.allCases) func aQueueingThatFailsToStartGivesItsBufferBack(leaves: Leaves) throws {
        let bench = try bench(minimumQueued: 2)
        try bench.queue.streamOn()
        try bench.enqueue(1)
        script(bench, leaves)
        #expect(throws: Errno.noSuchAddressOrDevice) { try bench.enqueue(0) }
        #expect(bench.queue.state.phase == .armed)
        #expect(bench.queue.state.slots.map(\.state) == [.dequeued, .queued, .dequeued])
        // As in the kernel it stays prepared.
        #expect(bench.queue.state.slots[0].isPrepared)
        #expect(throws: Errno.invalidArgument) { try bench.queue.prepare(0, bench.submission()) }
        bench.driver.whileStarting = { _ in }
        try bench.enqueue(2)
        #expect(bench.queue.state.phase == .running)
        #expect([bench.queue.take(), bench.queue.take(), bench.queue.take()] == [1, 2, nil])
        try bench.enqueue(0)
        bench.queue.release()
        #expect(bench.driver.stops == 1)
        #expect(bench.isBalanced)
    }

    @Test func aDeviceThatCompletesAndThenFailsToStartOwnsNothingTwice() throws {
        let bench = try bench(minimumQueued: 2)
        try bench.queue.streamOn()
        try bench.enqueue(1)
        bench.driver.startErrors = [.noSuchAddressOrDevice]
        bench.driver.whileStarting = { _ in while bench.fill() != nil {} }
        #expect(throws: Errno.noSuchAddressOrDevice) { try bench.enqueue(0) }
        #expect(bench.queue.state.slots.map(\.state) == [.dequeued, .done, .dequeued])
        #expect([try bench.queue.dequeue(), try bench.queue.dequeue()] == [1, nil])
        bench.queue.release()
        #expect(bench.isBalanced)
    }

    @Test func aDeviceThatFailsForGoodWhileItStartsStaysFailed() throws {
        let bench = try bench(minimumQueued: 2)
        try bench.queue.streamOn()
        try bench.enqueue(0)
        bench.driver.startErrors = [.noSuchAddressOrDevice]
        bench.driver.whileStarting = { $0.fail() }
        #expect(throws: Errno.noSuchAddressOrDevice) { try bench.enqueue(1) }
        #expect(bench.queue.state.phase == .failed)
        #expect(throws: Errno.ioError) { try bench.enqueue(1) }
        bench.queue.streamOff()
        #expect(bench.driver.stops == 0)
        try bench.enqueue(1)
    }

    @Test func streamOffReturnsEverything() throws {
        let bench = try bench(buffers: 5)
        let queue = bench.queue
        try bench.enqueue(0, 1, 2, 3)
        try queue.prepare(4, bench.submission())
        try queue.streamOn()
        bench.fill()
        bench.fill(.failed)
        _ = queue.take()
        #expect(queue.state.slots.map(\.state) == [.done, .failed, .active, .queued, .dequeued])
        queue.streamOff()
        #expect(queue.state.slots.allSatisfy { $0.state == .dequeued && !$0.isPrepared })
        #expect(bench.driver.stops == 1)
        #expect(bench.observer.news == [.done(0), .done(1), .returned])
        #expect(bench.nothingIsUnderWay)
        #expect(throws: Errno.invalidArgument) { try queue.dequeue() }
        // It has it no more.
        bench.complete(2)
        #expect(queue.state.slots[2].state == .dequeued)
        // All go around again.
        try queue.prepare(4, bench.submission())
        try bench.enqueue(3, 2, 1, 0)
        try queue.streamOn()
        #expect(bench.fill() == 3)
    }

    @Test func streamOffWithoutStreamOnUnprepares() throws {
        let bench = try bench()
        bench.queue.streamOff()
        try bench.enqueue(0)
        try bench.queue.prepare(1, bench.submission())
        bench.queue.streamOff()
        #expect(bench.driver.stops == 0)
        #expect(bench.queue.state.slots.allSatisfy { $0.state == .dequeued && !$0.isPrepared })
        #expect(bench.nothingIsUnderWay)
        try bench.queue.prepare(1, bench.submission())
    }

    @Test func aStoppingDeviceMayGiveBackWhatItHas() throws {
        let bench = try bench()
        try bench.enqueue(0, 1, 2)
        try bench.queue.streamOn()
        let taken = try bench.queue.take().unwrapped
        bench.driver.whileStopping = { _ in
            bench.complete(taken, .failed)
            bench.fill()
            bench.complete(taken)
        }
        bench.queue.streamOff()
        #expect(bench.queue.state.slots.allSatisfy { $0.state == .dequeued })
        #expect(bench.nothingIsUnderWay)
        #expect(bench.queue.counters.completed == 2)
    }

    @Test func aFailedQueue() throws {
        let bench = try bench(buffers: 4)
        let queue = bench.queue
        queue.fail()
        #expect(bench.observer.news.isEmpty)
        try bench.enqueue(0, 1)
        try queue.streamOn()
        bench.fill()
        _ = queue.take()
        queue.fail()
        #expect(bench.observer.news == [.done(0), .failed])
        #expect(throws: Errno.ioError) { try bench.enqueue(2) }
        #expect(throws: Errno.ioError) {
            try queue.enqueueUnchanged(2, payload: .init(), planes: .init(repeating: .init()))
        }
        #expect(throws: Errno.ioError) { try queue.prepare(2, bench.submission()) }
        #expect(throws: Errno.ioError) { try queue.dequeue() }
        #expect(throws: Errno.invalidArgument) { try bench.enqueue(4) }
        #expect(throws: Never.self) { try queue.streamOn() }
        #expect(queue.take() == nil)
        bench.complete(1)
        #expect(bench.observer.news.last == .done(1))
        queue.streamOff()
        #expect(bench.driver.stops == 1)
        try bench.enqueue(2)
        queue.release()
        #expect(bench.isBalanced)
    }

    @Test func afterTheLastBufferComesEPIPE() throws {
        let bench = try bench()
        let queue = bench.queue
        try bench.enqueue(0, 1, 2)
        try queue.streamOn()
        bench.fill()
        bench.fill(isLast: true)
        bench.fill()
        try #require(try queue.dequeue() == 0)
        try #require(try queue.dequeue() == 1)
        for _ in 0..<2 { #expect(throws: Errno.brokenPipe) { try queue.dequeue() } }
        try bench.enqueue(0)
        #expect(throws: Errno.brokenPipe) { try queue.dequeue() }
        queue.streamOff()
        #expect(throws: Errno.invalidArgument) { try queue.dequeue() }
        try bench.enqueue(0, 1)
        try queue.streamOn()
        bench.fill()
        bench.fill()
        #expect([try queue.dequeue(), try queue.dequeue(), try queue.dequeue()] == [0, 1, nil])
    }

    @Test func anOutputQueueHasNoLastBuffer() throws {
        let bench = try bench(direction: .output)
        try bench.enqueue(0)
        try bench.queue.streamOn()
        bench.fill(isLast: true)
        try #require(try bench.queue.dequeue() == 0)
        try #require(try bench.queue.dequeue() == nil)
    }

    @Test func preparing() throws {
        let bench = try bench(direction: .output)
        let queue = bench.queue
        for index in [-1, 3] {
            #expect(throws: Errno.invalidArgument) { try queue.prepare(index, bench.submission()) }
            #expect(throws: Errno.invalidArgument) { try queue.enqueue(index, bench.submission()) }
        }
        try queue.prepare(0, bench.submission(bytesUsed: 100))
        #expect(queue.state.slots[0].isPrepared)
        #expect(queue.state.slots[0].state == .dequeued)
        #expect(throws: Errno.invalidArgument) { try queue.prepare(0, bench.submission()) }
        // Nothing of it counts any more, right or wrong (A.4).
        try queue.enqueue(0, bench.submission(bytesUsed: 5000, dataOffset: 9000))
        #expect(queue.buffers[0].planes[0].bytesUsed == 100)
        #expect(queue.buffers[0].planes[0].dataOffset == 0)
        #expect(bench.driver.prepares == [0])
        #expect(throws: Errno.invalidArgument) { try queue.prepare(0, bench.submission()) }
        try queue.enqueue(1, bench.submission())
        #expect(bench.driver.prepares == [0, 1])
        try queue.streamOn()
        bench.fill()
        try #require(try queue.dequeue() == 0)
        #expect(!queue.state.slots[0].isPrepared)
        try queue.prepare(0, bench.submission())
        queue.release()
        #expect(bench.isBalanced)
    }

    @Test func aDeviceCanRefuseABuffer() throws {
        let bench = try bench()
        bench.driver.prepareError = .noSpace
        #expect(throws: Errno.noSpace) { try bench.queue.prepare(0, bench.submission()) }
        #expect(throws: Errno.noSpace) { try bench.enqueue(0) }
        #expect(bench.queue.state.slots[0].state == .dequeued && !bench.queue.state.slots[0].isPrepared)
        #expect(!bench.queue.state.everQueued)
        bench.driver.prepareError = nil
        try bench.enqueue(0)
        // One that fails for good while it looks at a buffer: the count must not be off by one.
        try bench.queue.streamOn()
        bench.driver.whilePreparing = { $0.fail() }
        #expect(throws: Errno.ioError) { try bench.enqueue(1) }
        bench.queue.release()
        #expect(bench.isBalanced)
    }
}
