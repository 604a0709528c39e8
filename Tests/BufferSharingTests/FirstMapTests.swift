import BufferSharing
import LinuxSystem
import Testing

/// Which page-table entries a mapping has from the start.
@Suite struct FirstMapTests {
    private static let size = 1 << 20
    private let heap = MemoryFileHeap()

    /// Bytes of a mapping that have page-table entries: Rss of its lines in smaps.
    private func mappedBytes(_ mapping: BufferMapping) throws -> Int {
        let start = unsafe UInt(bitPattern: mapping.base)
        var (isInside, kilobytes) = (false, 0)
        for line in String(decoding: try Files.read("/proc/self/smaps"), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            let ends = words.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
            if ends.count == 2 {
                isInside = ends[0] < start + UInt(mapping.count) && start < ends[1]
            } else if isInside, words.first == "Rss:", words.count > 1 {
                kilobytes += Int(words[1]) ?? 0
            }
        }
        return kilobytes * 1024
    }

    @Test func pagesThatAreThereAreMappedAtOnce() throws {
        let buffer = try heap.allocate(size: Self.size, name: "filled")
        let filler = try AddressSpace().attach(buffer)
        try filler.map(direction: .fromDevice).mapping.withMutableBytes { bytes in
            for place in stride(from: 0, to: bytes.byteCount, by: 4096) {
                bytes.storeBytes(of: 1, toByteOffset: place, as: UInt8.self)
            }
        }
        let attachment = try AddressSpace().attach(buffer)
        #expect(try mappedBytes(attachment.map(direction: .fromDevice).mapping) == Self.size)
    }

    @Test func pagesThatAreNotThereAreNotMade() throws {
        let attachment = try AddressSpace().attach(heap.allocate(size: Self.size, name: "empty"))
        #expect(try mappedBytes(attachment.map(direction: .fromDevice).mapping) == 0)
    }
}
