import LinuxSystem
import Testing

@testable import BufferSharing

/// CPU access in brackets: ranges, access modes, fences, moves, and the form that doesn't wait.
@Suite struct CPUBracketTests {
    let exporter = MovingExporter()

    @Test func aRangeIsAllThatIsTouched() throws {
        let buffer = try exporter.allocate(size: 8192, name: "")
        try buffer.withMutableBytes(in: 4096..<4100) { bytes in
            #expect(bytes.byteCount == 4)
            bytes.storeBytes(of: 0xAABB_CCDD, as: UInt32.self)
        }
        #expect(try buffer.withBytes(in: 4098..<8192) { unsafe $0.unsafeLoad(as: UInt16.self) } == 0xAABB)
        #expect(try buffer.withBytes { $0.byteCount } == 8192)
        #expect(buffer.isContentOwed)
        for range in [0..<8193, 8192..<9000] {
            expectCode(.invalidSize) { _ = try buffer.withBytes(in: range) { $0.byteCount } }
        }
        #expect(buffer.useCount == 0)
    }

    @Test func readOnlyBuffersAreRead() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let copy = try SharedBuffer.importing(buffer.exportDescriptor(access: .readOnly))
        #expect(try copy.withBytes { $0.byteCount } == 4096)
        expectCode(.accessDenied, .permissionDenied) { _ = try copy.withMutableBytes { $0.byteCount } }
        expectCode(.accessDenied, .permissionDenied) { _ = try copy.beginCPUAccess(.write) }
    }

    @Test func duringAnAccessNothingMoves() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        do {
            let access = try buffer.beginCPUAccess(.read)
            #expect(buffer.useCount == 1)
            #expect(!buffer.move())
            #expect(access.withBytes { $0.byteCount } == 4096)
        }
        #expect(buffer.move(to: .stored))
        // What is away comes back for it, unless that may take time and the caller can't wait.
        exporter.failure.withLock { $0 = .wouldBlock("disk") }
        expectCode(.wouldBlock, .resourceTemporarilyUnavailable) { _ = try buffer.beginCPUAccess(.read, waits: false) }
        exporter.failure.withLock { $0 = nil }
        #expect(try buffer.withBytes { $0.byteCount } == 4096)
        #expect(buffer.place == .resident && buffer.useCount == 0)
    }

    @Test func fencesAreWaitedFor() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let reading = FenceSignal(name: "reader")
        buffer.reservation.withLock { $0.add(reading.fence, .read) }
        // A reader doesn't mind another one; a writer does.
        #expect(try buffer.withBytes { $0.byteCount } == 4096)
        expectCode(.wouldBlock, .resourceTemporarilyUnavailable) { _ = try buffer.beginCPUAccess(.write, waits: false) }
        let writing = FenceSignal(name: "writer")
        buffer.reservation.withLock { $0.add(writing.fence, .write) }
        expectCode(.wouldBlock, .resourceTemporarilyUnavailable) { _ = try buffer.beginCPUAccess(.read, waits: false) }
        reading.signal()
        writing.signal()
        #expect(try buffer.beginCPUAccess(.readWrite, waits: false).kind == .readWrite)
        #expect(buffer.useCount == 0)
    }

    @Test func aPendingFenceKeepsTheMemoryWhereItIs() throws {
        let heap = try EvictableHeap(.init(budget: 8192, usesSwap: false))
        let first = try heap.allocate(size: 8192, name: "first")
        let second = try heap.allocate(size: 8192, name: "second")
        try first.withMutableBytes { $0.storeBytes(of: 1, as: UInt8.self) }
        let work = FenceSignal(name: "work")
        first.reservation.withLock { $0.add(work.fence, .read) }
        try second.withMutableBytes { $0.storeBytes(of: 2, as: UInt8.self) }
        #expect(first.place == .resident)
        #expect(heap.report.overBudgetUses == 1)
        let error = #expect(throws: BufferSharingError.self) { try heap.allocate(size: 8192, name: "more") }
        #expect(error?.description.contains("access to it is pending") == true)
        work.signal()
        _ = try heap.allocate(size: 8192, name: "more")
        #expect(first.place == .stored)
        #expect(try first.withBytes { unsafe $0.unsafeLoad(as: UInt8.self) } == 1)
    }

    @Test func vmapPins() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        let attachment = try buffer.vmap()
        #expect(buffer.pinCount == 1)
        #expect(!buffer.move())
        attachment.detach()
        #expect(buffer.move())
    }

    @Test func theMappingIsKeptUntilNobodyHoldsTheBuffer() throws {
        let buffer = try exporter.allocate(size: 4096, name: "")
        for _ in 0..<10 { #expect(try buffer.withBytes { $0.byteCount } == 4096) }
        let identity = buffer.identity
        #expect(AddressSpace.process.hasMapping(of: identity))
        _ = consume buffer
        #expect(!AddressSpace.process.hasMapping(of: identity))
    }

    @Test func aNewNameIsForAll() throws {
        let buffer = try exporter.allocate(size: 4096, name: "old")
        let copy = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
        try copy.rename("new")
        #expect(buffer.name == "new")
        expectCode(.invalidName) { try buffer.rename(String(repeating: "n", count: 32)) }
    }
}
