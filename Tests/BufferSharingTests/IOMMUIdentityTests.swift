import BufferSharing
import LinuxSystem
import Testing

/// A machine without an IOMMU.
@Suite struct IOMMUIdentityTests {
    let iommu = IOMMU(translation: .identity)
    let device = DMADevice(name: "old card")

    private func map(
        _ memory: any IOBacking, _ access: IOAccess = .readWrite, _ constraints: DMAConstraints = DMAConstraints()
    ) throws -> IOMapping {
        try iommu.map(memory, length: memory.byteCount, access: access, constraints: constraints)
    }

    @Test func addressesArePhysical() throws {
        let memory = IOTestMemory(byteCount: 3 * 4096 - 1, layout: .contiguous(first: 77))
        let mapping = try map(memory, .readWrite, DMAConstraints(maximumSegmentCount: 1))
        #expect(mapping.segments == [DMASegment(address: 77 << 12, length: 3 * 4096 - 1)])
        #expect(iommu.write([1, 2], at: 78 << 12, by: device) == nil)
        #expect(memory[4096] == 1)
        #expect(iommu.bytes(at: 76 << 12, count: 1, by: device).fault?.reason == .unmapped)
        #expect(iommu.bytes(at: 80 << 12, count: 1, by: device).fault?.reason == .unmapped)
        #expect(iommu.statistics.mappedPages == 3)
        #expect(iommu.statistics.tables == 0)
    }

    @Test func scatteredMemoryIsNotContiguous() throws {
        let memory = IOTestMemory(pages: 4, layout: .scattered(last: 100))
        expectCode(.system, .badAddress) { _ = try map(memory, .read, DMAConstraints(maximumSegmentCount: 1)) }
        expectCode(.system, .badAddress) { _ = try map(memory, .read, DMAConstraints(maximumSegmentCount: 3)) }
        #expect(iommu.statistics.mappings == 0)
        #expect(iommu.statistics.mappedPages == 0)
        let mapping = try map(memory, .read, DMAConstraints(maximumSegmentCount: 4))
        #expect(mapping.segments.map(\.address) == [100 << 12, 98 << 12, 96 << 12, 94 << 12])
        for page in 0..<4 {
            memory[page * 4096] = UInt8(page + 1)
            #expect(iommu.bytes(at: mapping.segments[page].address, count: 1, by: device).bytes == [UInt8(page + 1)])
        }
        #expect(iommu.bytes(at: 99 << 12, count: 1, by: device).fault?.reason == .unmapped)
    }

    @Test func neighboursAreJoinedAndCut() throws {
        let base = IOTestMemory(byteCount: 7 * 4096 - 9)
        let memory = try #require(RelocatedBacking(base, pages: [20, 21, 22, 23, 10, 11, 24]))
        #expect((0..<7).map { memory.physicalPages(from: $0).count } == [4, 3, 2, 1, 2, 1, 1])
        #expect(memory.physicalPages(from: 1) == 21..<24)
        func lengths(_ constraints: DMAConstraints) throws -> [[Int]] {
            try map(memory, .read, constraints).segments.map { [Int($0.address >> 12), $0.length] }
        }
        #expect(try lengths(DMAConstraints()) == [[20, 16_384], [10, 8192], [24, 4087]])
        #expect(
            try lengths(DMAConstraints(maximumSegmentSize: 12_288)) == [
                [20, 12_288], [23, 4096], [10, 8192], [24, 4087],
            ])
        #expect(
            try lengths(DMAConstraints(segmentBoundaryMask: 0x1fff))
                == [[20, 8192], [22, 8192], [10, 8192], [24, 4087]])
        // Single pages that follow each other are one segment too.
        struct PageByPage: IOBacking {
            let base: IOTestMemory
            var byteCount: Int { base.byteCount }
            var isWritable: Bool { true }
            func physicalPages(from index: Int) -> Range<UInt64> { UInt64(50 + index)..<UInt64(51 + index) }
            func withBytes(in range: Range<Int>, _ body: (RawSpan) -> Void) { base.withBytes(in: range, body) }
            func withMutableBytes(in range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
                base.withMutableBytes(in: range, body)
            }
        }
        let mapping = try map(PageByPage(base: base), .read, DMAConstraints(maximumSegmentCount: 1))
        #expect(mapping.segments == [DMASegment(address: 50 << 12, length: 7 * 4096 - 9)])
        func cut(_ constraints: DMAConstraints) throws -> [Int] {
            try map(PageByPage(base: base), .read, constraints).segments.map(\.length)
        }
        #expect(try cut(DMAConstraints(maximumSegmentSize: 8192)) == [8192, 8192, 8192, 4087])
        // Page 50 is in the middle between two boundaries.
        #expect(try cut(DMAConstraints(segmentBoundaryMask: 0x3fff)) == [8192, 16_384, 4087])
    }

    @Test func memoryOutOfReachIsEIO() throws {
        let edge: UInt64 = 1 << 20
        for (first, fits) in [(edge - 2, true), (edge - 1, false), (edge, false), (1 << 40 - 1, false)] {
            let memory = IOTestMemory(pages: 2, layout: .contiguous(first: first))
            if fits {
                #expect(throws: Never.self) { try map(memory) }
            } else {
                expectCode(.system, .ioError) { _ = try map(memory) }
            }
        }
        let highest = IOTestMemory(pages: 1, layout: .contiguous(first: 1 << 40 - 1))
        let wide = DMADevice(name: "wide", constraints: DMAConstraints(addressBits: 64))
        let mapping = try map(highest, .read, wide.constraints)
        #expect(iommu.bytes(at: mapping.first, count: 4096, by: wide).fault == nil)
        #expect(iommu.bytes(at: mapping.first + 4095, count: 2, by: wide).fault?.reason == .beyondMask)
        #expect(RelocatedBacking(highest, pages: [1 << 40]) == nil)
        #expect(RelocatedBacking(highest, pages: []) == nil)
    }

    @Test func oneMemoryCanBeMappedTwice() throws {
        let memory = IOTestMemory(pages: 1, fill: 5, layout: .contiguous(first: 9))
        let reading = try map(memory, .read)
        let writing = try map(memory, .write)
        #expect(reading.first == writing.first)
        #expect(iommu.bytes(at: 9 << 12, count: 1, by: device).bytes == [5])
        #expect(iommu.write([6], at: 9 << 12, by: device) == nil)
        iommu.revoke(writing)
        #expect(iommu.write([7], at: 9 << 12, by: device)?.reason == .permission)
        #expect(iommu.bytes(at: 9 << 12, count: 1, by: device).bytes == [6])
        iommu.unmap(reading)
        #expect(iommu.bytes(at: 9 << 12, count: 1, by: device).fault?.reason == .revoked)
        iommu.unmap(writing)
        #expect(iommu.bytes(at: 9 << 12, count: 1, by: device).fault?.reason == .unmapped)
    }

    @Test func aProcessAddressStandsForAPhysicalOne() throws {
        let buffer = try MemoryFileHeap().allocate(size: 5 * 4096, name: "")
        let mapped = try AddressSpace().attach(buffer).map(direction: .bidirectional).mapping
        let wide = DMAConstraints(addressBits: 64, maximumSegmentCount: 1)
        let mapping = try map(mapped, .readWrite, wide)
        #expect(mapping.segments.map(\.length) == [5 * 4096])
        #expect(iommu.write([3], at: mapping.first + 4096, by: DMADevice(name: "", constraints: wide)) == nil)
        mapped.withBytes { bytes in
            #expect(unsafe bytes.unsafeLoad(fromByteOffset: 4096, as: UInt8.self) == 3)
        }
        let scattered = try #require(RelocatedBacking(mapped, pages: [3, 5, 7, 9, 11]))
        expectCode(.system, .badAddress) { _ = try map(scattered, .read, wide) }
    }
}
