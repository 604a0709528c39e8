import Glibc
import LinuxSystem
import RandomSupport
import Synchronization
import Testing

@testable import BufferSharing

extension GuardTests {
    /// Byte for byte, whatever the heap does meanwhile.
    @Suite struct GuardedContentTests {
        static let size = 128 << 10
        static let pages = size / 4096
        /// How many pages three readers compare: a million and more with `make soak-moves`.
        static let goal = Environment.value("VB2_SOAK_PAGES") == nil ? 100_000 : 1_000_000

        /// Buffers that are guarded, more of them than there is room for, each with its own content.
        private struct Crowd: Sendable {
            let heap: EvictableHeap
            let buffers: [SharedBuffer]
            let views: [GuardedView]
            let contents: [[UInt8]]
            let device = TestDevice()

            init(_ count: Int, room: Int) throws {
                let heap = try EvictableHeap(.init(budget: room * size, usesSwap: false))
                self.heap = heap
                buffers = try (0..<count).map { try heap.allocate(size: size, name: "\($0)") }
                views = try buffers.map { try GuardedView($0) }
                contents = (0..<count).map { .pattern(UInt64($0) << 32, size: size) }
                for (buffer, content) in zip(buffers, contents) { try device.fill(buffer, content) }
            }

            /// Moves one out that is in memory, as a shortage does.
            func evict() { _ = heap.makeRoom(for: size, user: nil) }
        }

        /// Programs that read, by themselves and by write(2), while everything moves out and back.
        @Test func readersSeeWhatWasThere() throws {
            let crowd = try Crowd(6, room: 2)
            let compared = Atomic<Int>(0)
            let wrong = Atomic<Int>(0)
            let readers = Atomic<Int>(3)
            try withThreads(count: 4) { thread in
                guard thread < 3 else {
                    while readers.load(ordering: .acquiring) > 0 { crowd.evict() }
                    return
                }
                defer { readers.subtract(1, ordering: .releasing) }
                for round in 0...(Self.goal / (3 * 6 * Self.pages)) {
                    for index in crowd.views.indices {
                        if thread == 2, round % 8 == 0 {
                            let passed = try crowd.views[index].passed()
                            if passed != crowd.contents[index] { wrong.add(1, ordering: .relaxed) }
                        } else {
                            wrong.add(crowd.views[index].wrongPages(crowd.contents[index]), ordering: .relaxed)
                        }
                        compared.add(Self.pages, ordering: .relaxed)
                    }
                }
            }
            let report = crowd.heap.report
            let moves = report.evictions[.guardedStore] ?? 0
            print("\(compared.load(ordering: .relaxed)) pages compared, \(moves) moves out, \(report.returns) back")
            #expect(wrong.load(ordering: .relaxed) == 0)
            #expect(compared.load(ordering: .relaxed) >= Self.goal)
            #expect(moves > 100 && report.returns > 100)
            for (buffer, content) in zip(crowd.buffers, crowd.contents) {
                #expect(try crowd.device.content(buffer) == content)
            }
            #expect(crowd.device.space.counters.isBalanced)
        }

        /// A program that writes all the time: before, while and after a buffer moves. Each word is what it wrote last.
        @Test func noWriteIsLost() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("seed \(seed)")
            let crowd = try Crowd(4, room: 1)
            let lost = Atomic<Int>(0)
            let writes = Atomic<Int>(0)
            let writers = Atomic<Int>(2)
            try withThreads(count: 3) { thread in
                guard thread < 2 else {
                    while writers.load(ordering: .acquiring) > 0 { crowd.evict() }
                    return
                }
                defer { writers.subtract(1, ordering: .releasing) }
                // Each writes to its own half of the words of all buffers, and knows what it wrote.
                var random = SeededGenerator(seed: seed &+ UInt64(thread))
                let words = Self.size / 8
                var known = crowd.contents.map { content in
                    (0..<words).map { word in
                        unsafe content.span.bytes.unsafeLoad(fromByteOffset: word * 8, as: UInt64.self)
                    }
                }
                for step in 0..<3000 {
                    let index = Int(random.next() % 4)
                    let view = crowd.views[index]
                    // In bursts, so that a move meets writes.
                    for _ in 0..<64 {
                        let word = Int(random.next() % UInt64(words / 2)) * 2 + thread
                        let found = unsafe view.memory.base.load(fromByteOffset: word * 8, as: UInt64.self)
                        if found != known[index][word] { lost.add(1, ordering: .relaxed) }
                        known[index][word] = UInt64(step) << 32 | random.next() >> 32
                        unsafe view.memory.base.storeBytes(
                            of: known[index][word], toByteOffset: word * 8, as: UInt64.self)
                    }
                    writes.add(64, ordering: .relaxed)
                }
                for (index, view) in crowd.views.enumerated() {
                    for word in stride(from: thread, to: words, by: 2) {
                        let found = unsafe view.memory.base.load(fromByteOffset: word * 8, as: UInt64.self)
                        if found != known[index][word] { lost.add(1, ordering: .relaxed) }
                    }
                }
            }
            let report = crowd.heap.report
            print("\(writes.load(ordering: .relaxed)) writes, \(report.evictions[.guardedStore] ?? 0) moves out")
            #expect(lost.load(ordering: .relaxed) == 0)
            #expect(report.evictions[.guardedStore] ?? 0 > 100)
        }

        /// Devices of this process and a program at the same buffers, which come and go as well.
        @Test func devicesAndProgramsTakeTurns() throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            print("seed \(seed)")
            let heap = try EvictableHeap(.init(budget: 3 * Self.size, usesSwap: false))
            try withThreads(count: 3) { thread in
                var random = SeededGenerator(seed: seed &+ UInt64(thread))
                let device = TestDevice()
                var buffers: [(SharedBuffer, GuardedView, UInt64)] = []
                func make() throws -> (SharedBuffer, GuardedView, UInt64) {
                    while true {
                        do {
                            let buffer = try heap.allocate(size: Self.size, name: "\(thread)")
                            return (buffer, try GuardedView(buffer), 0)
                        } catch let error as BufferSharingError where error.code == .overBudget {
                            // Handed out and not yet guarded, all of them, at this moment.
                            sched_yield()
                        }
                    }
                }
                for _ in 0..<4 { buffers.append(try make()) }
                for (buffer, _, _) in buffers { try device.fill(buffer, .pattern(0, size: Self.size)) }
                for step in UInt64(1)..<600 {
                    let index = Int(random.next() % 4)
                    let (view, value) = (buffers[index].1, buffers[index].2)
                    switch random.next() % 8 {
                    case 0..<2: #expect(view.wrongPages(.pattern(value, size: Self.size)) == 0)
                    case 2: #expect(try device.content(buffers[index].0) == .pattern(value, size: Self.size))
                    case 3:
                        view.fill(.pattern(step << 32, size: Self.size))
                        buffers[index].2 = step << 32
                    case 4, 5:
                        try device.fill(buffers[index].0, .pattern(step << 32, size: Self.size))
                        buffers[index].2 = step << 32
                    case 6:
                        view.guardian.retire()
                        #expect(view.wrongPages(.pattern(value, size: Self.size)) == 0)
                        fallthrough
                    default:
                        // First one goes, then the next comes: else all room could be held by those that go.
                        buffers.remove(at: index)
                        // What the program still has of the one that is gone.
                        #expect(view.wrongPages(.pattern(value, size: Self.size)) == 0)
                        buffers.insert(try make(), at: index)
                        try device.fill(buffers[index].0, .pattern(0, size: Self.size))
                    }
                }
                #expect(device.space.counters.isBalanced)
            }
            let report = heap.report
            #expect(report.bufferCount == 0 && report.storedBytes == 0)
            #expect(report.evictions[.guardedStore] ?? 0 > 100)
        }
    }
}
