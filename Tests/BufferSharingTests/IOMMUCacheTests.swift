import BufferSharing
import LinuxSystem
import Testing

@Suite struct IOMMUCacheTests {
    let device = DMADevice(name: "camera")

    private func entry(_ handle: UInt32) throws -> IOPageTable.Entry {
        IOPageTable.Entry(handle: try #require(IOHandle(handle)), page: 0, access: .read)
    }

    @Test func anUnmappedPageIsFoundUntilItIsInvalidated() throws {
        var table = IOPageTable()
        var cache = TranslationCache(capacity: 8)
        try table.map(5, count: 1, to: entry(3))
        cache.insert(try #require(table.translate(5)), for: 5)
        table.unmap(5, count: 1)
        // This is the hole through which a device would still reach the memory.
        #expect(try cache.lookUp(5) == entry(3))
        cache.invalidate(5..<6)
        #expect(cache.lookUp(5) == nil)
        #expect(cache.hits == 1)
        #expect(cache.misses == 1)
        #expect(cache.invalidated == 1)
    }

    @Test func invalidationForgetsTheseOnly() throws {
        for capacity in [4, 16, 1000] {
            var cache = TranslationCache(capacity: capacity)
            for page in UInt64(1)...20 { cache.insert(try entry(UInt32(page)), for: page) }
            let before = (1...20).map { cache.lookUp($0) }
            cache.invalidate(8..<14)
            for page in UInt64(1)...20 {
                let expected = (8..<14).contains(page) ? nil : before[Int(page) - 1]
                #expect(cache.lookUp(page) == expected, "capacity \(capacity), page \(page)")
            }
        }
        var cache = TranslationCache()
        #expect(cache.lookUp(0) == nil)
        cache.insert(try entry(1), for: 0)
        #expect(cache.lookUp(0) == nil)
    }

    @Test func anIOMMUInvalidatesWhatItUnmaps() throws {
        let iommu = IOMMU()
        let memory = IOTestMemory(pages: 3, fill: 0x11)
        for end in [iommu.unmap, iommu.revoke] {
            let mapping = try iommu.map(memory, length: 3 * 4096, access: .read, constraints: device.constraints)
            let before = iommu.statistics
            for _ in 0..<2 { #expect(iommu.bytes(at: mapping.first, count: 3 * 4096, by: device).fault == nil) }
            #expect(iommu.statistics.cacheMisses == before.cacheMisses + 3)
            #expect(iommu.statistics.cacheHits == before.cacheHits + 3)
            #expect(end(mapping))
            #expect(iommu.statistics.invalidatedTranslations == before.invalidatedTranslations + 3)
            let (bytes, fault) = iommu.bytes(at: mapping.first, count: 16, by: device)
            #expect(fault != nil)
            #expect(bytes.allSatisfy { $0 == 0xee })
            // The fault must come from the tables. Here it shows when it came from the last line of defence.
            #expect(iommu.statistics.staleTranslations == 0)
        }
    }
}
