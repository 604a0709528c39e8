import BufferQueue
import BufferSharing
import LinuxSystem

/// A frame on its way to the program and back.
struct BenchFrame: Sendable {
    let index: Int
    let buffer: SharedBuffer
    let number: UInt32
}

/// The camera that is measured: a queue under one policy, and the clock that runs while it waits for its memory.
final class BenchCamera {
    /// Its own, so that it has counters of its own.
    let space = AddressSpace(name: "camera")
    /// Frames that failed, as their memory could not be had.
    private(set) var failedFrames = 0

    private let queue: Queue
    private let device: BenchDevice
    private let source: BufferSource
    private let buffers: [SharedBuffer]
    private var freeIndices: [Int] = []
    private var freeBuffers: [SharedBuffer] = []
    private var mapTime: Int64 = 0

    static let owner: UInt8 = 1

    /// Makes the camera's buffers and starts it.
    /// - Throws: `BufferSharingError` or `Errno` (ENOMEM).
    init(_ workload: PolicyWorkload, _ policy: MappingPolicy, _ source: BufferSource, heap: EvictableHeap) throws {
        let size = workload.frameBytes ?? 0
        let count = workload.indexCount(source)
        self.source = source
        device = BenchDevice(frameBytes: size)
        queue = Queue(
            configuration: QueueConfiguration(name: "camera", direction: .capture, minimumBuffers: count),
            heap: heap, addressSpace: space, mappingPolicy: policy)
        queue.driver = device
        switch source {
        case .own:
            _ = try queue.requestBuffers(count, memory: .mmap)
            buffers = (0..<count).compactMap { [queue] in queue.sharedBuffer(ofPlane: 0, ofBuffer: $0) }
            for index in 0..<count { try queue.enqueue(index, submission()) }
        case .rotating:
            _ = try queue.requestBuffers(count, memory: .dmabuf)
            buffers = try (0..<workload.bufferCount).map { try heap.allocate(size: size, name: "camera-\($0)") }
            freeIndices = Array(0..<count)
            freeBuffers = buffers
            try queueFreeBuffers()
        }
        try queue.streamOn()
    }

    /// How often one of its buffers moved, until now.
    var moves: Int { buffers.reduce(0) { $0 + Int($1.generation) } }

    /// The time since the last call that it took to get at the memory: map, a write to every page, unmap.
    func takeMapTime() -> MonotonicDuration {
        defer { mapTime = 0 }
        return MonotonicDuration(nanoseconds: mapTime)
    }

    /// Makes a frame; nil if no buffer is queued.
    func makeFrame(_ number: UInt32) throws(Errno) -> BenchFrame? {
        let taken = timed { () -> Int? in
            guard let index = queue.take(), let mapping = queue.mapping(ofPlane: 0, ofBuffer: index) else { return nil }
            PageWords(owner: Self.owner, version: number).write(to: mapping)
            queue.complete(index, .done, bytesUsed: device.planeSizes) { $0.sequence = number }
            return index
        }
        var frame: BenchFrame?
        while let index = try queue.dequeue() {
            guard let buffer = queue.sharedBuffer(ofPlane: 0, ofBuffer: index) else { continue }
            if source == .rotating { freeIndices.append(index) }
            if index == taken {
                frame = BenchFrame(index: index, buffer: buffer, number: number)
            } else {
                failedFrames += 1
                try giveBack(BenchFrame(index: index, buffer: buffer, number: number))
            }
        }
        if source == .rotating { try queueFreeBuffers() }
        return frame
    }

    /// The program needs the frame no more.
    func giveBack(_ frame: BenchFrame) throws(Errno) {
        switch source {
        case .own: try timed { () throws(Errno) in try queue.enqueue(frame.index, submission()) }
        case .rotating:
            freeBuffers.append(frame.buffer)
            try queueFreeBuffers()
        }
    }

    /// Ends the stream and frees the buffers.
    /// - Returns: what was acquired and not released, as text; empty if all is well.
    func stop() -> [String] {
        queue.release()
        return queue.counters.unbalanced
    }

    /// Whatever index is free gets the buffer that has been free the longest.
    private func queueFreeBuffers() throws(Errno) {
        while let index = freeIndices.first, let buffer = freeBuffers.first {
            freeIndices.removeFirst()
            freeBuffers.removeFirst()
            try timed { () throws(Errno) in try queue.enqueue(index, submission(of: buffer)) }
        }
    }

    private func submission(of buffer: SharedBuffer? = nil) -> BufferSubmission {
        var submission = BufferSubmission()
        submission.planeCount = 1
        submission.imports = buffer.map { [$0] }
        return submission
    }

    private func timed<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let begin = MonotonicTime.now()
        defer { mapTime += MonotonicTime.now().elapsed(since: begin).nanoseconds }
        return try body()
    }
}

/// The device behind the queue, which has nothing to set up.
private final class BenchDevice: QueueDriver {
    let planeSizes: PlaneSizes

    init(frameBytes: Int) {
        planeSizes = PlaneSizes([frameBytes])
    }

    func startStreaming(_ queue: Queue) {}
    func stopStreaming(_ queue: Queue) {}
}
