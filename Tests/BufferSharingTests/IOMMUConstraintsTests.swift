import BufferSharing
import LinuxSystem
import Testing

@Suite struct IOMMUConstraintsTests {
    private func map(
        _ bytes: Int, _ constraints: DMAConstraints, in iommu: IOMMU = IOMMU()
    ) throws -> IOMapping {
        try iommu.map(IOTestMemory(byteCount: bytes), length: bytes, access: .readWrite, constraints: constraints)
    }

    @Test func addressesFitTheMask() throws {
        let iommu = IOMMU()
        for bits in [16, 24, 32, 36, 48, 64] {
            let constraints = DMAConstraints(addressBits: bits)
            let mapping = try map(3 * 4096, constraints, in: iommu)
            let last = (mapping.segments.last?.end ?? 0) - 1
            #expect(last <= constraints.highestAddress)
            // From the top: the upper half of what the device reaches, and for 64 bits of what the tables do.
            #expect(mapping.first >> UInt64(min(bits, 48) - 1) == 1, "\(bits) bits")
        }
    }

    @Test func aFullSpaceIsOutOfMemory() throws {
        let iommu = IOMMU()
        let small = DMAConstraints(addressBits: 16)
        let mapping = try map(15 * 4096, small, in: iommu)
        #expect(mapping.segments == [DMASegment(address: 4096, length: 15 * 4096)])
        expectCode(.system, .noMemory) { _ = try map(1, small, in: iommu) }
        expectCode(.system, .noMemory) { _ = try map(1, DMAConstraints(addressBits: 12), in: iommu) }
        #expect(try map(1, DMAConstraints(addressBits: 17), in: iommu).first >= 1 << 16)
        withExtendedLifetime(mapping) {}
    }

    @Test func longMemoryIsCutAtTheLargestSegment() throws {
        let constraints = DMAConstraints(maximumSegmentSize: 10_000)
        let mapping = try map(20_000, constraints)
        #expect(mapping.segments.map(\.length) == [8192, 8192, 20_000 - 16_384])
        #expect(isConsecutive(mapping.segments))
        // What fits as it is isn't cut at a page.
        #expect(try map(10_000, constraints).segments.map(\.length) == [10_000])
        #expect(try map(10_001, constraints).segments.map(\.length) == [8192, 10_001 - 8192])
    }

    @Test func segmentsDoNotCrossTheBoundary() throws {
        let iommu = IOMMU()
        var mappings: [IOMapping] = []
        for pages in [3, 1, 4, 2, 3, 3, 9, 16, 5] {
            let constraints = DMAConstraints(segmentBoundaryMask: 0x3fff)
            let mapping = try map(pages * 4096 - 7, constraints, in: iommu)
            mappings.append(mapping)
            // As few as can be: a range that fits between two boundaries is placed there.
            #expect(mapping.segments.count == (pages + 3) / 4)
            for segment in mapping.segments { #expect(segment.address >> 14 == (segment.end - 1) >> 14) }
            #expect(isConsecutive(mapping.segments))
            #expect(mapping.segments.reduce(0) { $0 + $1.length } == pages * 4096 - 7)
        }
    }

    @Test func moreSegmentsThanTheDeviceTakesAreEFAULT() throws {
        let iommu = IOMMU()
        let one = DMAConstraints(maximumSegmentSize: 8192, maximumSegmentCount: 1)
        #expect(try map(8192, one, in: iommu).segments.count == 1)
        let before = iommu.statistics
        expectCode(.system, .badAddress) { _ = try map(8193, one, in: iommu) }
        expectCode(.system, .badAddress) {
            _ = try map(5 * 4096, DMAConstraints(segmentBoundaryMask: 0x3fff, maximumSegmentCount: 1), in: iommu)
        }
        #expect(try map(4 * 8192, DMAConstraints(maximumSegmentSize: 8192, maximumSegmentCount: 4)).segments.count == 4)
        // Nothing of the refused ones is left, and their addresses needn't wait: no device knows them.
        #expect(iommu.statistics == before)
    }

    @Test func scatteredMemoryIsInOnePieceBehindTables() throws {
        let constraints = DMAConstraints(maximumSegmentCount: 1)
        #expect(try map(24 << 20, constraints).segments.map(\.length) == [24 << 20])
    }

    @Test func largeMemoryIsAlignedIfThereIsRoom() throws {
        let iommu = IOMMU()
        let small = try map(4096, DMAConstraints(), in: iommu)
        #expect(try map(2 << 20, DMAConstraints(), in: iommu).first == small.segments[0].end - (4 << 20))
        // 4 MiB of addresses without page 0: 3 MiB fit, but not at a multiple of 2 MiB.
        #expect(try map(3 << 20, DMAConstraints(addressBits: 22)).first == 1 << 20)
    }

    @Test func badValuesAreInvalid() throws {
        #expect(DMAConstraints().isValid)
        #expect(DMAConstraints(addressBits: 64, maximumSegmentSize: 4096, segmentBoundaryMask: 4095).isValid)
        for bad in [
            DMAConstraints(addressBits: 11), DMAConstraints(addressBits: 65), DMAConstraints(addressBits: -1),
            DMAConstraints(maximumSegmentSize: 4095), DMAConstraints(maximumSegmentCount: 0),
            DMAConstraints(segmentBoundaryMask: 2047), DMAConstraints(segmentBoundaryMask: 0x2fff),
            DMAConstraints(segmentBoundaryMask: 0),
        ] {
            #expect(!bad.isValid)
            expectCode(.system, .invalidArgument) { _ = try map(4096, bad) }
        }
        #expect(DMAConstraints(addressBits: 64).highestAddress == .max)
        #expect(DMAConstraints(addressBits: 32).highestAddress == 0xffff_ffff)
    }

    /// Each begins where the one before ends.
    private func isConsecutive(_ segments: [DMASegment]) -> Bool {
        zip(segments, segments.dropFirst()).allSatisfy { $0.end == $1.address }
    }
}
