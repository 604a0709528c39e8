import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

/// 10^6 pages for each means that stays in the process, every byte of them compared after a move. Those that other
/// processes take part in: ShimTests.EvictionTests (page-out), GuardedContentTests.
@Suite(.serialized) struct EvictionMeansTests {
    static let size = 1 << 18
    static let pagesOfBuffer = size / 4096

    /// Five buffers used in turn under a budget of two: each use finds its buffer moved out.
    private func rounds(_ heap: EvictableHeap, pages: Int, _ body: (SharedBuffer, Int) throws -> Void) throws {
        let buffers = try (0..<5).map { try heap.allocate(size: Self.size, name: "\($0)") }
        for use in 0..<(pages / Self.pagesOfBuffer + 1) {
            try body(buffers[use % buffers.count], use)
        }
    }

    private func use(_ buffer: SharedBuffer, _ space: AddressSpace, _ body: (inout MutableRawSpan) -> Void) throws {
        let attachment = try space.attach(buffer, policy: .askAtMap)
        try attachment.map(direction: .bidirectional).mapping.withMutableBytes { body(&$0) }
        attachment.unmap()
    }

    /// What the buffer holds in a round: no two words of it are equal, nor those of another round.
    private func content(_ round: UInt8) -> [UInt64] {
        (0..<UInt64(Self.size / 8)).map { ($0 << 8 | UInt64(round)) &* 0x9E37_79B9_7F4A_7C15 }
    }

    private func isEqual(_ bytes: borrowing MutableRawSpan, _ content: [UInt64]) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe content.withUnsafeBytes { content in
                guard let left = bytes.baseAddress, let right = content.baseAddress else { return false }
                return unsafe memcmp(left, right, content.count) == 0
            }
        }
    }

    private func put(_ content: [UInt64], _ bytes: inout MutableRawSpan) {
        unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe content.withUnsafeBytes { unsafe bytes.copyMemory(from: $0) }
        }
    }

    @Test(arguments: [EvictionMeans.store, .discard]) func contentIsWhatItWas(_ means: EvictionMeans) throws {
        let heap = try EvictableHeap(.init(budget: 2 * Self.size, usesSwap: false))
        let space = AddressSpace()
        let contents = (0..<16).map { content($0) }
        let zeros = [UInt64](repeating: 0, count: Self.size / 8)
        var last: [ObjectIdentifier: Int] = [:]
        var compared = 0
        var wrong = 0
        try rounds(heap, pages: 1_000_000) { buffer, use in
            let identity = ObjectIdentifier(buffer)
            try self.use(buffer, space) { bytes in
                if let before = last[identity] {
                    // Nobody is owed what was thrown away, but what is there is the buffer's own or nothing.
                    let isRight =
                        isEqual(bytes, contents[before]) || means == .discard && isEqual(bytes, zeros)
                    if !isRight { wrong += 1 }
                    compared += Self.pagesOfBuffer
                }
                put(contents[use % 16], &bytes)
            }
            last[identity] = use % 16
            buffer.setContentOwed(means == .store)
        }
        #expect(wrong == 0)
        #expect(compared >= 999_000)
        // Each comparison was of a buffer that had been away.
        #expect(heap.report.evictions[means] ?? 0 >= compared / Self.pagesOfBuffer)
        #expect(heap.report.evictions.count == 1)
    }
}
