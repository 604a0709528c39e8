import LinuxSystem
import Synchronization
import Testing

@testable import BufferSharing

/// The review thread's ways of letting go, one by one.
@Suite struct MappingPolicyTests {
    let space = AddressSpace()
    let exporter = MovingExporter()

    private func use(_ attachment: BufferSharing.Attachment) throws -> BufferSharing.Attachment.MapResult {
        let result = try attachment.map(direction: .fromDevice)
        attachment.unmap()
        return result
    }

    @Test func perUseMapsEachTime() throws {
        let attachment = try space.attach(exporter.allocate(size: 4096, name: ""), policy: .perUse)
        for _ in 0..<3 {
            _ = try attachment.map(direction: .fromDevice)
            // A map within a map is the same use.
            _ = try attachment.map(direction: .toDevice)
            attachment.unmap()
            #expect(space.mappingCount == 1)
            attachment.unmap()
            #expect(space.mappingCount == 0)
        }
        #expect(space.counters.realMaps == 3)
    }

    @Test func untilToldAsksAtTheUnmap() throws {
        let attachment = try space.attach(exporter.allocate(size: 4096, name: ""), policy: .untilTold)
        let first = try use(attachment).mapping
        #expect(try use(attachment).mapping === first)
        exporter.wants.store(true, ordering: .relaxed)
        #expect(try use(attachment).mapping === first)
        #expect(space.mappingCount == 0)
        exporter.wants.store(false, ordering: .relaxed)
        let next = try use(attachment)
        #expect(next.mapping !== first)
        #expect(!next.moved)
        #expect(space.counters.realMaps == 2)
    }

    @Test func untilCalledBackEndsTheMappingBeforeTheMove() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let calls = Atomic<Int>(0)
        let attachment = try space.attach(buffer, policy: .untilCalledBack) { _ = calls.add(1, ordering: .relaxed) }
        weak let first = try use(attachment).mapping
        #expect(first != nil)
        #expect(buffer.move())
        #expect(calls.load(ordering: .relaxed) == 1)
        #expect(first == nil)
        #expect(space.mappingCount == 0)
        #expect(try use(attachment).moved)
        #expect(try !use(attachment).moved)
        #expect(space.counters.realMaps == 2)
        #expect(space.counters.moves == 1)
    }

    @Test func askAtMapKeepsTheMappingAndCompares() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let attachment = try space.attach(buffer)
        #expect(attachment.policy == .askAtMap)
        let first = try use(attachment).mapping
        #expect(buffer.move())
        #expect(space.mappingCount == 1)
        let moved = try use(attachment)
        #expect(moved.moved)
        #expect(moved.mapping !== first)
        #expect(try !use(attachment).moved)
        #expect(space.mappingCount == 1)
    }

    @Test func foreverPins() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let attachment = try space.attach(buffer, policy: .forever)
        #expect(buffer.move())
        let first = try use(attachment).mapping
        #expect(buffer.pinCount == 1)
        #expect(buffer.useCount == 1)
        #expect(!buffer.move())
        #expect(try use(attachment).mapping === first)
        attachment.detach()
        #expect(buffer.pinCount == 0)
        #expect(buffer.move())
    }

    @Test func whatGoesWithWhat() throws {
        #expect(MappingPolicy.standard(isMappingExpensive: false, canMove: true) == .perUse)
        #expect(MappingPolicy.standard(isMappingExpensive: false, canMove: false) == .perUse)
        #expect(MappingPolicy.standard(isMappingExpensive: true, canMove: true) == .askAtMap)
        #expect(MappingPolicy.standard(isMappingExpensive: true, canMove: false) == .forever)
        let still = try MemoryFileHeap().allocate(size: 4096, name: "")
        #expect(!still.canMove)
        #expect(try space.attach(still).policy == .forever)
        #expect(try AddressSpace(isMappingExpensive: false).attach(still).policy == .perUse)
    }

    @Test(arguments: MappingPolicy.allCases)
    func inUseNothingMoves(_ policy: MappingPolicy) throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let attachment = try space.attach(buffer, policy: policy)
        _ = try attachment.map(direction: .fromDevice)
        #expect(!buffer.move())
        attachment.unmap()
        #expect(buffer.move() == (policy != .forever))
        // An end in the middle of a use lets go as well.
        _ = try attachment.map(direction: .fromDevice)
        attachment.detach()
        #expect(buffer.useCount == 0)
        #expect(buffer.move())
        expectCode(.detached) { _ = try attachment.map(direction: .toDevice) }
    }

    // MARK: Pins

    @Test func pinsAreCountedAndLimited() throws {
        let exporter = MovingExporter(pinLimit: 8192)
        let buffers = try (0..<3).map { try exporter.allocate(size: 4096, name: "\($0)") }
        let attachments = try buffers.map { try space.attach($0) }
        try attachments[0].pin()
        try attachments[0].pin()
        #expect(buffers[0].pinCount == 1)
        let second = try space.attach(buffers[0])
        try second.pin()
        #expect(buffers[0].pinCount == 2)
        // Two pins of one memory are its size once.
        #expect(exporter.pinAccount?.pinnedBytes == 4096)
        try attachments[1].pin()
        let error = #expect(throws: BufferSharingError.self) { try attachments[2].pin() }
        #expect(error?.code == .tooManyPins && error?.errno == .noMemory)
        #expect(error?.description.contains("8192 bytes") == true)
        #expect(buffers[2].useCount == 0)
        second.unpin()
        attachments[0].detach()
        #expect(exporter.pinAccount?.pinnedBytes == 4096)
        try attachments[2].pin()
        attachments[2].unpin()
        attachments[2].unpin()
        attachments[1].unpin()
        #expect(exporter.pinAccount?.pinnedBytes == 0)
    }

    @Test func aPinThatFailsFailsTheMapOfForever() throws {
        let exporter = MovingExporter(pinLimit: 4096)
        let buffer = try exporter.allocate(size: 8192, name: "")
        let attachment = try space.attach(buffer, policy: .forever)
        expectCode(.tooManyPins, .noMemory) { _ = try attachment.map(direction: .toDevice) }
        #expect(buffer.useCount == 0)
        attachment.detach()
        #expect(space.counters.isBalanced)
    }

    // MARK: Restoring

    @Test func aUseBringsTheContentBack() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let attachment = try space.attach(buffer)
        _ = try use(attachment)
        for place in [BufferPlace.absent, .pagedOut, .stored] {
            let before = exporter.restores.load(ordering: .relaxed)
            #expect(buffer.move(to: place))
            #expect(buffer.place == place)
            #expect(try use(attachment).moved)
            #expect(buffer.place == .resident)
            _ = try use(attachment)
            #expect(exporter.restores.load(ordering: .relaxed) == before + 1)
        }
    }

    @Test func aRestoreThatFailsFailsTheMap() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let attachment = try space.attach(buffer)
        #expect(buffer.move(to: .stored))
        exporter.failure.withLock { $0 = BufferSharingError(.system, errno: .ioError, context: "disk") }
        for _ in 0..<2 { expectCode(.system, .ioError) { _ = try attachment.map(direction: .toDevice) } }
        #expect(buffer.place == .stored)
        #expect(buffer.useCount == 0)
        exporter.failure.withLock { $0 = nil }
        _ = try use(attachment)
        attachment.detach()
        #expect(space.counters.isBalanced)
    }

    @Test func theExporterIsToldOfTheEnd() throws {
        do {
            let buffer = try exporter.allocate(size: 4096, name: "")
            let imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
            #expect(imported.canMove)
            #expect(imported.identity == buffer.identity)
            let attachment = try space.attach(imported)
            _ = try use(attachment)
            #expect(buffer.move())
            #expect(imported.generation == 1)
        }
        #expect(exporter.releases.load(ordering: .relaxed) == 1)
    }

    /// Users of one memory on many threads, and one who moves it: whoever uses it finds it there.
    @Test func aUseAndAMoveExcludeEachOther() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let stop = Atomic<Bool>(false)
        let moves = Atomic<Int>(0)
        let space = space
        try withThreads(count: 4) { number in
            if number == 0 {
                // On a busy machine the users may never leave a gap; once they have ended, a move
                // can only fail by a defect.
                while !stop.load(ordering: .acquiring) || moves.load(ordering: .relaxed) == 0 {
                    if buffer.move(to: [.absent, .stored, .pagedOut].randomElement() ?? .absent) {
                        moves.add(1, ordering: .relaxed)
                    }
                }
                return
            }
            let attachment = try space.attach(buffer)
            for _ in 0..<20_000 {
                _ = try attachment.map(direction: .toDevice)
                #expect(buffer.place == .resident)
                attachment.unmap()
            }
            if number == 1 { stop.store(true, ordering: .releasing) }
        }
        #expect(buffer.useCount == 0)
        #expect(moves.load(ordering: .relaxed) > 0)
    }
}
