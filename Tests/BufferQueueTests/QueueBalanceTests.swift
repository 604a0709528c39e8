import BufferQueue
import BufferSharing
import FaultSupport
import LinuxSystem
import RandomSupport
import Testing

/// After any history whatever, a released queue holds nothing.
@Suite(.eachCallFailing) struct QueueBalanceTests {
    @Test(arguments: [QueueDirection.capture, .output], [1, 2, 3, 8])
    func aRandomWalkEndsInBalance(direction: QueueDirection, planes: Int) throws {
        for minimumQueued in 0...2 {
            var walk = try RandomWalk(
                seed: UInt64(planes * 10 + minimumQueued), direction, planes: planes, minimumQueued: minimumQueued)
            walk.run(max(200, Effort.scaled(20_000)))
        }
    }

    @Test func aRandomWalkLeavesNoDescriptor() async {
        // In a process of its own, since descriptors are counted for the whole process.
        await #expect(processExitsWith: .success) {
            let live = OwnedDescriptor.liveCount
            for (seed, direction) in [(UInt64(1001), QueueDirection.capture), (1002, .output)] {
                var walk = try RandomWalk(seed: seed, direction, planes: 2, minimumQueued: 1)
                walk.run(max(200, Effort.scaled(20_000)))
            }
            #expect(OwnedDescriptor.liveCount == live)
            // Only memory files: the test's own runner opens descriptors when it likes.
            let links = try Files.list("/proc/self/fd").compactMap { try? Files.target(ofLink: "/proc/self/fd/\($0)") }
            #expect(links.filter { $0.hasPrefix("/memfd:") } == [])
        }
    }
}

/// A program and a device that do whatever comes to their minds.
struct RandomWalk {
    let bench: Bench
    private let seed: UInt64
    private var random: SeededGenerator
    private let pool: [SharedBuffer]
    private var held: [Int] = []
    private var accepted = 0
    private var refused: [Errno: Int] = [:]

    init(seed: UInt64, _ direction: QueueDirection, planes: Int, minimumQueued: Int) throws {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        bench = Bench(direction, planes: planes, maximum: 6, minimumQueued: minimumQueued)
        var pool = try [4096, 4096, 4096, 8192].map { try MemoryFileHeap().allocate(size: $0, name: "pool") }
        // One that a capture device can't write.
        pool.append(try SharedBuffer.importing(pool[0].exportDescriptor(access: .readOnly)))
        self.pool = pool
    }

    /// Takes the steps, releases the queue and looks at what is left.
    mutating func run(_ steps: Int) {
        for _ in 0..<steps { step() }
        bench.queue.release()
        // It holds the bench.
        bench.driver.whileStarting = { _ in }
        let outcome = "seed \(seed), \(accepted) accepted, refused \(refused.values.sorted())"
        print(outcome)
        #expect(bench.queue.counters.unbalanced == [], "\(outcome)")
        #expect(bench.space.counters.isBalanced, "\(outcome): \(bench.space.counters)")
        #expect(bench.space.mappingCount == 0, "\(outcome)")
        #expect(bench.driver.stops == bench.queue.counters.stopped, "\(outcome)")
        // It must have come far enough to mean something.
        guard Effort.isWhole else { return }
        #expect(bench.queue.counters.prepared > steps / 100, "\(outcome)")
        #expect(bench.queue.counters.taken > steps / 200, "\(outcome)")
        #expect(refused.count >= 4, "\(outcome)")
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    private mutating func step() {
        do throws(Errno) {
            try act()
            accepted += 1
        } catch {
            refused[error, default: 0] += 1
        }
    }

    private mutating func act() throws(Errno) {
        let queue = bench.queue
        let index = Int.random(in: -1...queue.buffers.count, using: &random)
        let memory = MemoryType.allCases.randomElement(using: &random) ?? .mmap
        switch Int.random(in: 0..<200, using: &random) {
        case 0: _ = try queue.requestBuffers(Int.random(in: 0...8, using: &random), memory: memory)
        case 1: _ = try queue.createBuffers(Int.random(in: 0...2, using: &random), memory: memory, sizes: sizes())
        case 2...3: queue.streamOff()
        case 4: if chance(3) { queue.fail() }
        case 5: queue.release()
        case 6...20: try queue.prepare(index, submission())
        case 21...80: try queue.enqueue(index, submission())
        case 81...95: try queue.enqueueUnchanged(index, payload: .init(), planes: submission().planes)
        case 96...105:
            bench.driver.startErrors = chance(3) ? [.noSpace] : []
            let greed = Int.random(in: 0...2, using: &random)
            let gives = chance(2)
            let bench = bench
            bench.driver.whileStarting = { queue in
                for _ in 0..<greed {
                    guard let taken = queue.take() else { return }
                    if gives { bench.complete(taken, .requeued) }
                }
            }
            try queue.streamOn()
        case 106...135: if let taken = queue.take() { held.append(taken) }
        case 136...165:
            let given = chance(8) ? index : held.popLast() ?? index
            bench.complete(given, Completion.allCases.randomElement(using: &random) ?? .done, isLast: chance(40))
        case 166...195: _ = try queue.dequeue()
        case 196: bench.driver.prepareError = chance(4) ? .noSpace : nil
        case 197: if index >= 0 { _ = try queue.exportPlane(0, ofBuffer: index, access: .readOnly) }
        case 198: queue.markShared(index)
        default: queue.setUserReference(3, plane: index, buffer: index)
        }
    }

    private mutating func sizes() -> PlaneSizes {
        let size = [4096, 5000, 1].randomElement(using: &random) ?? 4096
        return PlaneSizes(count: bench.planes) { _ in size }
    }

    private mutating func submission() -> BufferSubmission {
        let lengths: [UInt32] = [0, 4096, 4096, 4096, 4096, 4096, 8192, 100_000]
        var imports: [SharedBuffer]?
        if bench.queue.memory == .dmabuf, !chance(4) {
            imports = []
            for _ in 0..<bench.planes { imports?.append(pool[Int.random(in: 0..<pool.count, using: &random)]) }
            if chance(20) { imports?.removeLast() }
        }
        return bench.submission(
            bytesUsed: chance(40) ? 5000 : 0, length: lengths.randomElement(using: &random) ?? 0,
            dataOffset: chance(40) ? 4096 : 0, imports: imports)
    }
}
