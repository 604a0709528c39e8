import BufferQueue
import BufferSharing
import LinuxSystem
import Testing

/// REMOVE_BUFS on a queue with memory.
@Suite(.eachCallFailing) struct QueueRemovalTests {
    private let space = AddressSpace(name: "removal")
    private let driver = ScriptedDriver(planeSizes: PlaneSizes([4096]))

    private func makeQueue() -> Queue {
        let queue = Queue(
            configuration: QueueConfiguration(name: "removal", direction: .capture), heap: MemoryFileHeap(),
            addressSpace: space)
        queue.driver = driver
        return queue
    }

    /// K8: what was prepared is finished, and what was mapped is given back.
    @Test func aPreparedBufferIsFinished() throws {
        let queue = makeQueue()
        try #require(try queue.requestBuffers(3, memory: .mmap) == 3)
        try queue.prepare(1, BufferSubmission())
        let mapped = space.mappingCount
        try queue.removeBuffers(1, count: 1)
        #expect(space.mappingCount < mapped)
        #expect(queue.counters.prepared == 1)
        #expect(queue.counters.finished == 1)
        queue.release()
        #expect(queue.counters.unbalanced == [])
        #expect(space.counters.isBalanced)
    }

    @Test func allOrNothing() throws {
        let queue = makeQueue()
        try #require(try queue.requestBuffers(3, memory: .mmap) == 3)
        try queue.enqueue(2, BufferSubmission())
        let before = space.mappingCount
        #expect(throws: Errno.resourceBusy) { try queue.removeBuffers(1, count: 2) }
        #expect(space.mappingCount == before)
        #expect(queue.state.bufferCount == 3)
        queue.release()
        #expect(queue.counters.unbalanced == [])
    }
}
