import LinuxSystem
import RandomSupport
import Synchronization
import Testing

@testable import BufferSharing

/// Buffers that leave memory and come back.
@Suite(.serialized) struct EvictableHeapTests {
    static let size = 1 << 20
    let space = AddressSpace()

    private func heap(_ buffers: Int, evictsTo: String? = "/var/tmp") throws -> EvictableHeap {
        try EvictableHeap(.init(budget: buffers * Self.size, evictsTo: evictsTo, usesSwap: false))
    }

    /// A device fills the buffer: each word says which buffer, which round and where.
    private func fill(_ buffer: SharedBuffer, _ value: UInt64) throws {
        let attachment = try space.attach(buffer)
        try attachment.map(direction: .fromDevice).mapping.withMutableBytes { bytes in
            for word in 0..<(bytes.byteCount / 8) {
                bytes.storeBytes(of: value &+ UInt64(word), toByteOffset: word * 8, as: UInt64.self)
            }
        }
        buffer.setContentOwed(true)
        attachment.unmap()
    }

    private func holds(_ buffer: SharedBuffer, _ value: UInt64) throws -> Bool {
        let attachment = try space.attach(buffer)
        return try attachment.map(direction: .toDevice).mapping.withBytes { Self.holds($0, value) }
    }

    private static func holds(_ bytes: RawSpan, _ value: UInt64) -> Bool {
        (0..<(bytes.byteCount / 8)).allSatisfy { word in
            unsafe bytes.unsafeLoad(fromByteOffset: word * 8, as: UInt64.self) == value &+ UInt64(word)
        }
    }

    @Test func nothingIsTakenBeforeTheFirstUse() throws {
        let heap = try heap(2)
        let buffers = try (0..<50).map { try heap.allocate(size: Self.size, name: "\($0)") }
        #expect(heap.report.residentBytes == 0)
        #expect(buffers.allSatisfy { $0.place == .absent })
        #expect(heap.report.bufferCount == 50)
    }

    @Test func whatOwesNothingIsThrownAway() throws {
        let heap = try heap(2)
        let buffers = try (0..<6).map { try heap.allocate(size: Self.size, name: "\($0)") }
        for buffer in buffers {
            try fill(buffer, 7)
            buffer.setContentOwed(false)
        }
        let report = heap.report
        #expect(report.residentBytes <= 2 * Self.size)
        #expect(report.evictions == [.discard: 4])
        #expect(report.storedBytes == 0)
        #expect(report.overBudgetUses == 0)
    }

    @Test func whatIsOwedGoesToDiskAndComesBack() throws {
        let heap = try heap(2)
        let buffers = try (0..<6).map { try heap.allocate(size: Self.size, name: "\($0)") }
        for (number, buffer) in buffers.enumerated() { try fill(buffer, UInt64(number) << 32) }
        #expect(heap.report.residentBytes <= 2 * Self.size)
        #expect(heap.report.storedBytes == 4 * Self.size)
        for _ in 0..<2 {
            for (number, buffer) in buffers.enumerated() { #expect(try holds(buffer, UInt64(number) << 32)) }
        }
        let report = heap.report
        #expect(report.residentBytes <= 2 * Self.size)
        #expect(report.evictions[.store] ?? 0 >= 12)
        #expect(report.returns >= 10)
        #expect(report.peakResidentBytes <= 3 * Self.size)
    }

    @Test func theLeastRecentlyUsedGoes() throws {
        let heap = try heap(3)
        let buffers = try (0..<4).map { try heap.allocate(size: Self.size, name: "\($0)") }
        for number in [0, 1, 2, 0] { try fill(buffers[number], 1) }
        try fill(buffers[3], 1)
        #expect(buffers.map(\.place) == [.resident, .stored, .resident, .resident])
    }

    /// A mapping that is kept for who detached stands in no one's way.
    @Test func idleMappingsLetGo() throws {
        let exporter = MovingExporter()
        let buffer = try exporter.allocate(size: 4096, name: "idle")
        let attachment = try space.attach(buffer, owner: MappingOwner(exporter))
        let mapping = try attachment.map(direction: .fromDevice).mapping
        mapping.withMutableBytes { $0.storeBytes(of: 1, as: UInt8.self) }
        attachment.unmap()
        attachment.detach()
        #expect(space.idleMappings.count == 1)
        #expect(buffer.move())
        // The page is the file's alone now: the kernel can take it. (Locked memory apart, this is what MADV_DONTNEED does.)
        #expect(mapping.entryCount() == 0)
        space.dropIdle(of: MappingOwner(exporter))
    }

    @Test func whatIsOwedNoMoreIsNotReadBack() throws {
        let heap = try heap(1)
        let first = try heap.allocate(size: Self.size, name: "first")
        try fill(first, 9)
        try fill(heap.allocate(size: Self.size, name: "second"), 1)
        #expect(first.place == .stored)
        first.setContentOwed(false)
        #expect(try !holds(first, 9))
        #expect(heap.report.storedBytes <= Self.size)
    }

    @Test func whatIsInUseOrPinnedStays() throws {
        let heap = try heap(2)
        let buffers = try (0..<4).map { try heap.allocate(size: Self.size, name: "buffer-\($0)") }
        let user = try space.attach(buffers[0])
        _ = try user.map(direction: .fromDevice)
        let pinner = try space.attach(buffers[1])
        try pinner.pin()
        try fill(buffers[1], 5)
        #expect(heap.report.overBudgetUses == 0)
        // A stream that runs is not stopped for the budget.
        try fill(buffers[2], 6)
        #expect(heap.report.overBudgetUses == 1)
        #expect(buffers[0].place == .resident && buffers[1].place == .resident)
        // But nothing more is allocated, and the error says what holds the memory.
        let holder = try space.attach(buffers[2])
        _ = try holder.map(direction: .toDevice)
        let error = #expect(throws: BufferSharingError.self) { try heap.allocate(size: Self.size, name: "more") }
        #expect(error?.code == .overBudget && error?.errno == .noMemory)
        #expect(
            error?.description.contains("3072 KiB by buffer-0 and 2 more (it is in use)") == true, "\(error as Any)")
        user.unmap()
        holder.unmap()
        pinner.unpin()
        _ = try heap.allocate(size: Self.size, name: "more")
        #expect(try holds(buffers[1], 5))
    }

    @Test func aBufferThatIsTooLargeIsRefused() throws {
        expectCode(.overBudget, .noMemory) { _ = try heap(1).allocate(size: 2 << 20, name: "huge") }
        expectCode(.invalidSize) { _ = try EvictableHeap(.init(budget: 0)) }
    }

    @Test func whatLeavesTheProcessIsBroughtBackFirst() throws {
        let heap = try heap(1)
        let first = try heap.allocate(size: Self.size, name: "first")
        let second = try heap.allocate(size: Self.size, name: "second")
        try fill(first, 11)
        try fill(second, 22)
        #expect(first.place == .stored)
        let exported = try first.exportDescriptor(access: .readOnly)
        #expect(first.place == .resident)
        let foreign = try MemoryMapping(descriptor: exported, length: Self.size, access: .read)
        #expect(foreign.withBytes { Self.holds($0, 11) })
        // It doesn't go to the file any more: there a program would see zeros.
        try fill(second, 33)
        #expect(first.place != .stored)
        #expect(foreign.withBytes { Self.holds($0, 11) })
    }

    @Test func withoutSwapAProgramsFramesStay() throws {
        let heap = try heap(1)
        let buffers = try (0..<3).map { try heap.allocate(size: Self.size, name: "frame-\($0)") }
        var descriptors: [BufferFile] = []
        for buffer in buffers { descriptors.append(BufferFile(try buffer.exportDescriptor(access: .readWrite))) }
        for buffer in buffers { try fill(buffer, 1) }
        #expect(heap.report.residentBytes == 3 * Self.size)
        #expect(heap.report.overBudgetUses == 2)
        let error = #expect(throws: BufferSharingError.self) { try heap.allocate(size: Self.size, name: "more") }
        #expect(error?.description.contains("a program holds its content, and there is no swap") == true)
        for buffer in buffers { #expect(try holds(buffer, 1)) }
        // Given back to the camera, they owe nothing.
        for buffer in buffers { buffer.setContentOwed(false) }
        _ = try heap.allocate(size: Self.size, name: "more")
        #expect(heap.report.residentBytes == 0)
    }

    @Test func pagesThatAProgramTouchedAreFoundAgain() throws {
        let heap = try heap(1)
        let touched = try heap.allocate(size: Self.size, name: "touched")
        let program = try MemoryMapping(
            descriptor: touched.exportDescriptor(access: .readWrite), length: Self.size, access: .readWrite)
        try program.populate()
        #expect(touched.place == .absent)
        try fill(heap.allocate(size: Self.size, name: "other"), 1)
        #expect(heap.report.residentBytes <= Self.size)
        #expect(try program.residentBytes() == 0)
    }

    @Test func aFullDiskMeansThatTheBufferStays() throws {
        // What the limit says is what a full disk says (SmallDiskTests has one): ENOSPC.
        let heap = try EvictableHeap(.init(budget: Self.size, storeLimit: Self.size, usesSwap: false))
        let buffers = try (0..<3).map { try heap.allocate(size: Self.size, name: "buffer-\($0)") }
        for (number, buffer) in buffers.enumerated() { try fill(buffer, UInt64(number)) }
        #expect(buffers.map(\.place) == [.stored, .resident, .resident])
        let error = #expect(throws: BufferSharingError.self) { try heap.allocate(size: Self.size, name: "more") }
        #expect(error?.description.contains("could not be saved: No space left on device") == true)
        for (number, buffer) in buffers.enumerated() { #expect(try holds(buffer, UInt64(number))) }
    }

    @Test(.enabled(if: Files.exists("/dev/shm"), "there is no /dev/shm"))
    func aFolderInMemoryIsRefused() throws {
        let error = #expect(throws: BufferSharingError.self) {
            try EvictableHeap(.init(budget: 1 << 20, evictsTo: "/dev/shm"))
        }
        #expect(error?.description.contains("in memory itself") == true)
        #expect(throws: BufferSharingError.self) { try EvictableHeap(.init(budget: 1, evictsTo: "/no/such/folder")) }
    }

    /// In a process of its own: other tests open descriptors meanwhile.
    @Test func nothingIsLeftBehind() async {
        await #expect(processExitsWith: .success) {
            let own = EvictableHeapTests()
            let live = OwnedDescriptor.liveCount
            do {
                let heap = try own.heap(1)
                let buffers = try (0..<4).map { try heap.allocate(size: EvictableHeapTests.size, name: "\($0)") }
                for buffer in buffers { try own.fill(buffer, 1) }
                #expect(heap.report.storedBytes == 3 * EvictableHeapTests.size)
                _ = consume buffers
                #expect(heap.report.storedBytes == 0)
                #expect(heap.report.bufferCount == 0)
            }
            #expect(OwnedDescriptor.liveCount == live)
            #expect(own.space.counters.isBalanced)
            #expect(own.space.mappingCount == 0)
        }
    }

    /// Devices on several threads, a budget that is too small for them, contents checked after each use.
    @Test func contentSurvivesWhateverHappens() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        let heap = try EvictableHeap(.init(budget: 6 << 18, usesSwap: false))
        let threads = 4
        try withThreads(count: threads) { thread in
            var random = SeededGenerator(seed: seed &+ UInt64(thread))
            let space = AddressSpace()
            var buffers: [(SharedBuffer, UInt64?)] = []
            for _ in 0..<8 { buffers.append((try heap.allocate(size: 1 << 18, name: "\(thread)"), nil)) }
            for step in UInt64(0)..<4000 {
                let index = Int(random.next() % 8)
                let (buffer, value) = buffers[index]
                switch random.next() % 8 {
                case 0..<4:
                    try Self.use(buffer, space, policy: MappingPolicy.allCases[Int(random.next() % 4)]) { bytes in
                        if let value { Self.check(bytes, value) }
                        Self.mark(&bytes, step)
                        buffer.setContentOwed(true)
                    }
                    buffers[index].1 = step
                case 4..<6:
                    guard let value else { continue }
                    try Self.use(buffer, space, policy: .askAtMap) { Self.check($0, value) }
                case 6:
                    buffer.setContentOwed(false)
                    buffers[index].1 = nil
                default:
                    buffers[index] = (try heap.allocate(size: 1 << 18, name: "\(thread)"), nil)
                }
            }
            for (buffer, value) in buffers {
                guard let value else { continue }
                try Self.use(buffer, space, policy: .perUse) { Self.check($0, value) }
            }
            #expect(space.counters.isBalanced)
        }
        let report = heap.report
        #expect(report.bufferCount == 0 && report.residentBytes == 0 && report.storedBytes == 0)
        #expect(report.evictions[.store] ?? 0 > 0)
    }

    /// Each of the threads uses one buffer at a time, and moves one out for it: twice as many as threads are always enough.
    @Test func roomIsGivenAwayOnce() throws {
        let threads = 4
        let heap = try EvictableHeap(.init(budget: 2 * threads * 65536, usesSwap: false))
        try withThreads(count: threads) { thread in
            let space = AddressSpace()
            let buffers = try (0..<5).map { try heap.allocate(size: 65536, name: "\(thread)-\($0)") }
            for step in UInt64(0)..<5000 {
                try Self.use(buffers[Int(step % 5)], space, policy: .askAtMap) { Self.mark(&$0, step) }
            }
        }
        let report = heap.report
        #expect(report.evictions[.discard] ?? 0 > 0)
        #expect(report.peakResidentBytes <= report.budget)
        #expect(report.overBudgetUses == 0)
    }

    private static func use(
        _ buffer: SharedBuffer, _ space: AddressSpace, policy: MappingPolicy, _ body: (inout MutableRawSpan) -> Void
    ) throws {
        let attachment = try space.attach(buffer, policy: policy)
        try attachment.map(direction: .bidirectional).mapping.withMutableBytes { body(&$0) }
        attachment.unmap()
    }

    /// A word in each page.
    private static func mark(_ bytes: inout MutableRawSpan, _ value: UInt64) {
        for page in 0..<(bytes.byteCount / 4096) {
            bytes.storeBytes(of: value, toByteOffset: page * 4096, as: UInt64.self)
        }
    }

    private static func check(_ bytes: borrowing MutableRawSpan, _ value: UInt64) {
        var wrong = 0
        for page in 0..<(bytes.byteCount / 4096)
        where
            unsafe bytes.unsafeLoad(fromByteOffset: page * 4096, as: UInt64.self) != value
        {
            wrong += 1
        }
        #expect(wrong == 0)
    }
}
