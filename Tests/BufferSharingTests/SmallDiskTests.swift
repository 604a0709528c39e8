import LinuxSystem
import ProgramSupport
import Testing

@testable import BufferSharing

/// What a heap does when the disk that it evicts to has no room.
@Suite(.serialized, .enabled(if: effectiveUserID == 0, "only root can mount a disk")) struct SmallDiskTests {
    static let size = 1 << 20
    let space = AddressSpace()

    private func use(_ buffer: SharedBuffer, _ body: (inout MutableRawSpan) -> Void) throws {
        let attachment = try space.attach(buffer)
        try attachment.map(direction: .bidirectional).mapping.withMutableBytes { body(&$0) }
        attachment.unmap()
    }

    private func fill(_ buffer: SharedBuffer, _ value: UInt64) throws {
        try use(buffer) { bytes in
            for word in 0..<(bytes.byteCount / 8) {
                bytes.storeBytes(of: value &+ UInt64(word), toByteOffset: word * 8, as: UInt64.self)
            }
        }
        buffer.setContentOwed(true)
    }

    private func wrongWords(_ buffer: SharedBuffer, _ value: UInt64) throws -> Int {
        var wrong = 0
        try use(buffer) { bytes in
            for word in 0..<(bytes.byteCount / 8)
            where unsafe bytes.unsafeLoad(fromByteOffset: word * 8, as: UInt64.self) != value &+ UInt64(word) {
                wrong += 1
            }
        }
        return wrong
    }

    @Test func theBufferStaysAndNothingIsLost() throws {
        let disk = try SmallDisk.make(megabytes: 6)
        try outgrow(disk.folder)
        _ = consume disk
    }

    private func outgrow(_ folder: String) throws {
        let heap = try EvictableHeap(.init(budget: 2 * Self.size, evictsTo: folder, usesSwap: false))
        // More than the disk and the budget hold together: those that find no room stay in memory.
        let buffers = try (0..<12).map { try heap.allocate(size: Self.size, name: "buffer-\($0)") }
        for (number, buffer) in buffers.enumerated() { try fill(buffer, UInt64(number) << 32) }
        let full = heap.report
        #expect(full.storedBytes >= 2 * Self.size && full.storedBytes <= 6 * Self.size)
        #expect(full.residentBytes + full.storedBytes == 12 * Self.size)
        #expect(full.overBudgetUses > 0)
        let error = #expect(throws: BufferSharingError.self) { try heap.allocate(size: Self.size, name: "more") }
        #expect(error?.code == .overBudget && error?.errno == .noMemory)
        #expect(error?.description.contains("No space left on device") == true, "\(error as Any)")
        for _ in 0..<2 {
            for (number, buffer) in buffers.enumerated() { #expect(try wrongWords(buffer, UInt64(number) << 32) == 0) }
        }
        // What is owed no more makes room: the heap recovers.
        for buffer in buffers { buffer.setContentOwed(false) }
        let more = try heap.allocate(size: Self.size, name: "more")
        try fill(more, 5)
        #expect(heap.report.residentBytes <= 2 * Self.size)
        #expect(try wrongWords(more, 5) == 0)
    }
}
