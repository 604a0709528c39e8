import BufferQueue
import BufferSharing
import LinuxSystem
import Synchronization

/// A device that does what a test tells it to.
final class ScriptedDriver: QueueDriver {
    var planeSizes: PlaneSizes
    /// Thrown by the next starts, first to last; nil starts.
    var startErrors: [Errno?] = []
    /// Thrown by every prepare.
    var prepareError: Errno?
    /// What else happens inside of the methods.
    var whileStarting: (Queue) -> Void = { _ in }
    var whilePreparing: (Queue) -> Void = { _ in }
    var whileStopping: (Queue) -> Void = { _ in }
    private(set) var starts = 0
    private(set) var stops = 0
    private(set) var prepares: [Int] = []

    init(planeSizes: PlaneSizes) {
        self.planeSizes = planeSizes
    }

    func prepare(bufferAt index: Int, of queue: Queue) throws(Errno) {
        prepares.append(index)
        whilePreparing(queue)
        if let prepareError { throw prepareError }
    }

    func startStreaming(_ queue: Queue) throws(Errno) {
        starts += 1
        whileStarting(queue)
        if !startErrors.isEmpty, let error = startErrors.removeFirst() { throw error }
    }

    func stopStreaming(_ queue: Queue) {
        stops += 1
        whileStopping(queue)
    }
}

final class RecordingObserver: QueueObserver {
    var removals = 0
    enum News: Equatable {
        case done(Int), returned, failed
    }

    var news: [News] = []

    func bufferDone(_ index: Int, in queue: Queue) { news.append(.done(index)) }
    func buffersReturned(in queue: Queue) { news.append(.returned) }
    func buffersRemoved(in queue: Queue) { removals += 1 }
    func queueFailed(_ queue: Queue) { news.append(.failed) }
}

/// A heap that has memory for so many buffers.
final class LimitedHeap: BufferHeap {
    let name = "limited"
    private let left: Atomic<Int>

    init(_ count: Int) {
        left = Atomic(count)
    }

    func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        guard left.subtract(1, ordering: .relaxed).newValue >= 0 else {
            throw BufferSharingError(.system, errno: .noMemory, context: name)
        }
        return try MemoryFileHeap().allocate(size: size, name: name)
    }
}

/// A queue with its device, its program and its address space.
struct Bench {
    let space: AddressSpace
    let driver: ScriptedDriver
    let observer = RecordingObserver()
    let queue: Queue
    let planes: Int

    init(
        _ direction: QueueDirection = .capture, planes: Int = 1, size: Int = 4096, memory: MemoryTypes = .all,
        maximum: Int = 32, minimum: Int = 1, minimumQueued: Int = 0, allowsEmptyPayload: Bool = false,
        name: String = "test", heap: any BufferHeap = MemoryFileHeap(), space: AddressSpace = AddressSpace(name: "test")
    ) {
        self.space = space
        self.planes = planes
        driver = ScriptedDriver(planeSizes: PlaneSizes(count: planes) { _ in size })
        queue = Queue(
            configuration: QueueConfiguration(
                name: name, direction: direction, memoryTypes: memory, maximumBuffers: maximum,
                minimumBuffers: minimum, minimumQueued: minimumQueued, allowsEmptyPayload: allowsEmptyPayload),
            heap: heap, addressSpace: space)
        queue.driver = driver
        queue.observer = observer
        BenchCensus.current?.add(self)
    }

    /// A buffer from another device.
    func foreign(_ size: Int = 4096) throws -> SharedBuffer {
        try MemoryFileHeap().allocate(size: size, name: "foreign")
    }

    func foreign(count: Int, size: Int = 4096) throws -> [SharedBuffer] {
        try (0..<count).map { _ in try foreign(size) }
    }

    /// A QBUF whose planes all say the same.
    func submission(
        bytesUsed: UInt32 = 0, length: UInt32 = 0, dataOffset: UInt32 = 0, imports: [SharedBuffer]? = nil,
        reference: UInt64 = 0
    ) -> BufferSubmission {
        var result = BufferSubmission()
        result.planeCount = planes
        result.imports = imports
        for plane in 0..<planes {
            result.planes[plane].bytesUsed = bytesUsed
            result.planes[plane].length = length
            result.planes[plane].dataOffset = dataOffset
            result.planes[plane].userReference = reference
        }
        return result
    }

    func enqueue(_ indices: Int...) throws {
        for index in indices { try queue.enqueue(index, submission()) }
    }

    /// The device fills the buffer that is next.
    @discardableResult
    func fill(_ completion: Completion = .done, isLast: Bool = false) -> Int? {
        guard let index = queue.take() else { return nil }
        complete(index, completion, isLast: isLast)
        return index
    }

    func complete(_ index: Int, _ completion: Completion = .done, isLast: Bool = false) {
        queue.complete(index, completion, bytesUsed: driver.planeSizes, isLast: isLast) { $0.sequence += 1 }
    }

    /// Whether all that was prepared, taken and started is finished, given back and stopped.
    var nothingIsUnderWay: Bool {
        let counters = queue.counters
        return counters.prepared == counters.finished && counters.taken == counters.completed
            && counters.started == counters.stopped
    }

    /// Whether all that was acquired is released.
    var isBalanced: Bool {
        queue.counters.unbalanced.isEmpty && space.counters.isBalanced && space.mappingCount == 0
    }
}
