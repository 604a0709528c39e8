import BufferSharing
import LinuxSystem
import Testing

@Suite struct IOMMUMappingTests {
    let device = DMADevice(name: "display")

    private func map(_ memory: IOTestMemory, in iommu: IOMMU) throws -> IOMapping {
        try iommu.map(memory, length: memory.byteCount, access: .readWrite, constraints: device.constraints)
    }

    private func reason(_ iommu: IOMMU, _ address: UInt64) -> IOFault.Reason? {
        iommu.bytes(at: address, count: 1, by: device).fault?.reason
    }

    @Test func aMappingLastsUntilItIsUnmapped() throws {
        let iommu = IOMMU()
        let mapping = try map(IOTestMemory(pages: 2), in: iommu)
        #expect(mapping.state == .mapped)
        #expect(iommu.statistics.mappedPages == 2)
        #expect(iommu.statistics.tables == 4)
        #expect(reason(iommu, mapping.first) == nil)
        #expect(iommu.unmap(mapping))
        #expect(mapping.state == .unmapped)
        #expect(reason(iommu, mapping.first) == .unmapped)
        #expect(iommu.statistics.mappedPages == 0)
        #expect(iommu.statistics.tables == 1)
        #expect(!iommu.unmap(mapping))
        #expect(!iommu.revoke(mapping))
        #expect(iommu.statistics.unmaps == 1)
    }

    @Test func aMappingOfAnotherIOMMUIsLeftAlone() throws {
        let iommu = IOMMU()
        let other = IOMMU()
        let mapping = try map(IOTestMemory(pages: 1), in: iommu)
        let same = try map(IOTestMemory(pages: 1), in: other)
        #expect(!other.unmap(mapping))
        #expect(!other.revoke(mapping))
        #expect(mapping.state == .mapped)
        #expect(same.state == .mapped)
    }

    @Test func aMappingThatIsGoneIsUnmapped() throws {
        let iommu = IOMMU()
        var mapping: IOMapping? = try map(IOTestMemory(pages: 2), in: iommu)
        let address = try #require(mapping).first
        mapping = nil
        #expect(reason(iommu, address) == .unmapped)
        #expect(iommu.statistics.mappings == 0)
        #expect(iommu.statistics.unmaps == 1)
        #expect(iommu.statistics.tables == 1)
        #expect(iommu.statistics.quarantinedPages == 2)
    }

    @Test func memoryIsHeldAsLongAsItIsMapped() throws {
        let iommu = IOMMU()
        for end in [{ _ = iommu.unmap($0) }, { _ = iommu.revoke($0) }] as [(IOMapping) -> Void] {
            weak var memory: IOTestMemory?
            let mapping: IOMapping
            do {
                let made = IOTestMemory(pages: 1, fill: 0x77)
                memory = made
                mapping = try map(made, in: iommu)
            }
            #expect(memory != nil)
            #expect(iommu.bytes(at: mapping.first, count: 1, by: device).bytes == [0x77])
            end(mapping)
            #expect(memory == nil)
        }
    }

    @Test func aRevokedMappingFaultsAsSuchUntilItIsUnmapped() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(byteCount: 3 * 4096 - 5)
        let mapping = try map(memory, in: iommu)
        #expect(iommu.revoke(mapping))
        #expect(mapping.state == .revoked)
        #expect(!iommu.revoke(mapping))
        for offset in [0, 5000, 3 * 4096 - 6, 3 * 4096 - 1] {
            #expect(reason(iommu, mapping.first + UInt64(offset)) == .revoked)
            let fault = iommu.write([9], at: mapping.first + UInt64(offset), by: device)
            #expect(fault?.reason == .revoked)
            #expect(fault?.address == mapping.first + UInt64(offset))
        }
        #expect((0..<memory.byteCount).allSatisfy { memory[$0] == 0 })
        #expect(reason(iommu, mapping.first - 1) == .unmapped)
        #expect(iommu.unmap(mapping))
        #expect(mapping.state == .unmapped)
        #expect(reason(iommu, mapping.first) == .unmapped)
        #expect(iommu.statistics.revocations == 1)
        #expect(iommu.statistics.unmaps == 1)
        #expect(iommu.statistics.staleTranslations == 0)
    }

    /// A space of 15 pages, so that every address would be used again if it could be.
    @Test func addressesStayTakenWhileTheMappingExists() throws {
        for end in [IOMMU.unmap, IOMMU.revoke] {
            let iommu = IOMMU(quarantine: .none)
            let constraints = DMAConstraints(addressBits: 16)
            var held: IOMapping? = try iommu.map(
                IOTestMemory(pages: 8), length: 8 * 4096, access: .read, constraints: constraints)
            let range = try #require(held?.segments.first)
            #expect(end(iommu)(try #require(held)))
            let rest = try (0..<7).map { _ in
                try iommu.map(IOTestMemory(pages: 1), length: 4096, access: .read, constraints: constraints)
            }
            #expect(rest.allSatisfy { $0.first < range.address })
            expectCode(.system, .noMemory) {
                _ = try iommu.map(IOTestMemory(pages: 1), length: 4096, access: .read, constraints: constraints)
            }
            withExtendedLifetime(rest) {}
            held = nil
            let next = try iommu.map(
                IOTestMemory(pages: 8), length: 8 * 4096, access: .read, constraints: constraints)
            #expect(next.segments == [range])
        }
    }

    @Test func anOldAddressReachesNothingDuringQuarantine() throws {
        let iommu = IOMMU(quarantine: .init(ranges: 5, pages: 100))
        let old = try map(IOTestMemory(pages: 1, fill: 1), in: iommu).first
        // The mapping is gone already. Five others may come and go before its address is used again.
        for round in 0..<5 {
            let other = try map(IOTestMemory(pages: 1, fill: 2), in: iommu)
            #expect(other.first != old)
            #expect(reason(iommu, old) == .unmapped, "round \(round)")
            #expect(iommu.bytes(at: other.first, count: 1, by: device).bytes == [2])
        }
        #expect(try map(IOTestMemory(pages: 1), in: iommu).first == old)
        #expect(iommu.statistics.earlyReuses == 0)
    }

    @Test func aNumberIsFreeAgainWithItsMapping() throws {
        let iommu = IOMMU(
            name: "few", translation: .pageTables, quarantine: .none, faultCapacity: 1, mappingLimit: 4)
        var held = try (0..<4).map { try map(IOTestMemory(pages: 1, fill: UInt8($0)), in: iommu) }
        expectCode(.system, .noMemory) { _ = try map(IOTestMemory(pages: 1), in: iommu) }
        // Neither in the order in which they came, nor in that of the numbers.
        var expected: [UInt8] = [0, 1, 2, 3]
        for round in 0..<20 {
            let slot = round * 3 % 4
            held.remove(at: slot)
            expected[slot] = UInt8(10 + round)
            held.insert(try map(IOTestMemory(pages: 1, fill: expected[slot]), in: iommu), at: slot)
            #expect(held.map { iommu.bytes(at: $0.first, count: 1, by: device).bytes[0] } == expected, "\(round)")
        }
    }

    @Test func aSmallSpaceServesItsDeviceFirst() throws {
        let iommu = IOMMU()
        let constraints = DMAConstraints(addressBits: 16)
        for round in 1...4 {
            let mapping = try iommu.map(
                IOTestMemory(pages: 10), length: 10 * 4096, access: .read, constraints: constraints)
            #expect(mapping.segments.count == 1)
            #expect(iommu.statistics.earlyReuses == round - 1)
        }
    }

    @Test func memoryThatIsLargeItselfHasLargeLeaves() throws {
        let iommu = IOMMU()
        let length = 24 << 20
        func tables(_ layout: IOTestMemory.Layout) throws -> Int {
            let memory = IOTestMemory(byteCount: length, layout: layout)
            let mapping = try map(memory, in: iommu)
            memory[length - 1] = 0x5a
            #expect(iommu.bytes(at: mapping.first + UInt64(length - 1), count: 1, by: device).bytes == [0x5a])
            #expect(iommu.statistics.mappedPages == 6144)
            return iommu.statistics.tables
        }
        #expect(try tables(.contiguous(first: 1024)) == 3)
        #expect(try tables(.contiguous(first: 1025)) == 15)
        #expect(try tables(.scattered(last: 1 << 20)) == 15)
        #expect(iommu.statistics.tables == 1)
    }
}
