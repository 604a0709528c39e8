import BufferSharing
import LinuxSystem
import RandomSupport
import Testing

@Suite struct IOMMUPageTableTests {
    typealias Entry = IOPageTable.Entry

    private func entry(_ handle: UInt32, page: Int = 0, _ access: IOAccess = .readWrite) throws -> Entry {
        Entry(handle: try #require(IOHandle(handle)), page: page, access: access)
    }

    /// Places where the tables' borders are: of each level, the first page, and the last.
    private static let places: [UInt64] = [0, 512, 1 << 18, 1 << 27, 3 << 27, 1 << 36 - 2048]

    @Test(arguments: UInt64(1)...10, [true, false])
    func aTableIsADictionary(seed: UInt64, largeLeaves: Bool) throws {
        var random = SeededGenerator(seed: seed)
        var table = IOPageTable()
        var model: [UInt64: Entry] = [:]
        for step in 0..<100 {
            let place = "seed \(seed), large leaves \(largeLeaves), step \(step)"
            var page = Self.places[Int.random(in: 0..<6, using: &random)]
            var count = 512 * Int.random(in: 1...3, using: &random)
            if Bool.random(using: &random) {
                page += UInt64.random(in: 0...1024, using: &random)
                count = Int.random(in: 1...1024, using: &random)
            }
            let pages = page..<page + UInt64(count)
            if Bool.random(using: &random) {
                let first = Bool.random(using: &random) ? 512 : Int.random(in: 0...2000, using: &random)
                let entry = try entry(
                    .random(in: 0..<IOHandle.limit, using: &random), page: first,
                    [.read, .write, .readWrite][Int.random(in: 0..<3, using: &random)])
                let before = (table.tableCount, table.pageCount)
                if pages.contains(where: { model[$0] != nil }) {
                    #expect(throws: Errno.fileExists, "\(place)") {
                        try table.map(page, count: count, to: entry, largeLeaves: largeLeaves)
                    }
                    #expect((table.tableCount, table.pageCount) == before, "\(place)")
                } else {
                    try table.map(page, count: count, to: entry, largeLeaves: largeLeaves)
                    for page in pages {
                        model[page] = entry
                        model[page]?.page += Int(page - pages.lowerBound)
                    }
                }
            } else {
                let expected = pages.count { model.removeValue(forKey: $0) != nil }
                #expect(table.unmap(page, count: count) == expected, "\(place)")
            }
            let around = (page &- min(page, 3))..<min(pages.upperBound + 3, 1 << 36)
            #expect(around.allSatisfy { table.translate($0) == model[$0] }, "\(place)")
            #expect(table.pageCount == model.count, "\(place)")
            if step % 8 != 0 { continue }
            let tables = expectedTables(model)
            #expect(largeLeaves ? table.tableCount <= tables : table.tableCount == tables, "\(place)")
        }
        #expect(model.allSatisfy { table.translate($0.key) == $0.value }, "seed \(seed)")
        #expect(table.unmap(0, count: 1 << 36) == model.count, "seed \(seed)")
        #expect(table.tableCount == 1, "seed \(seed)")
        #expect(table.pageCount == 0, "seed \(seed)")
        #expect(model.keys.allSatisfy { table.translate($0) == nil }, "seed \(seed)")
    }

    /// As many as small leaves need: the root, and one for each part of the addresses that something is in.
    private func expectedTables(_ model: [UInt64: Entry]) -> Int {
        [9, 18, 27].reduce(1) { sum, shift in sum + Set(model.keys.map { $0 >> UInt64(shift) }).count }
    }

    @Test func largeLeavesAreUsedWhereBothSidesAreAligned() throws {
        func tables(_ page: UInt64, _ count: Int, from first: Int, large: Bool = true) throws -> Int {
            var table = IOPageTable()
            try table.map(page, count: count, to: entry(1, page: first), largeLeaves: large)
            return table.tableCount
        }
        // The root, and one of each level above the leaves.
        #expect(try tables(1024, 512, from: 0) == 3)
        #expect(try tables(1024, 6144, from: 512) == 3)
        #expect(try tables(1024, 512, from: 0, large: false) == 4)
        #expect(try tables(1024, 512, from: 1) == 4)
        #expect(try tables(1024, 511, from: 0) == 4)
        #expect(try tables(1025, 512, from: 0) == 5)
        // Two small ends, and a large leaf in between.
        #expect(try tables(1023, 514, from: 511) == 5)
    }

    @Test func aLargeLeafIsSplitWhenAPartGoes() throws {
        var table = IOPageTable()
        try table.map(512, count: 1024, to: entry(7, page: 1024, .read))
        #expect(table.tableCount == 3)
        #expect(table.unmap(600, count: 1) == 1)
        #expect(table.tableCount == 4)
        #expect(table.translate(600) == nil)
        #expect(try table.translate(599) == entry(7, page: 1024 + 87, .read))
        #expect(try table.translate(601) == entry(7, page: 1024 + 89, .read))
        #expect(try table.translate(1535) == entry(7, page: 1024 + 1023, .read))
        #expect(table.unmap(512, count: 1024) == 1023)
        #expect(table.tableCount == 1)
    }

    @Test func whatCannotBeExpressedIsRefused() throws {
        var table = IOPageTable()
        let last: UInt64 = 1 << 36
        func refused(_ page: UInt64, _ count: Int, _ entry: Entry) {
            #expect(throws: Errno.invalidArgument) { try table.map(page, count: count, to: entry) }
        }
        try refused(1, 0, entry(1))
        try refused(1, -1, entry(1))
        try refused(last, 1, entry(1))
        try refused(last - 1, 2, entry(1))
        try refused(.max, .max, entry(1))
        try refused(1, 1, entry(1, page: -1))
        try refused(1, 1, entry(1, page: 1 << 32))
        try refused(1, 2, entry(1, page: 1 << 32 - 1))
        try refused(1, 1, entry(1, []))
        try refused(1, 1, entry(1, IOAccess(rawValue: 4)))
        #expect(IOHandle(1 << 28) == nil)
        #expect(table.tableCount == 1)
        #expect(table.translate(last) == nil)
        #expect(table.translate(.max) == nil)
        #expect(table.unmap(.max, count: 1) == 0)
        #expect(table.unmap(1, count: -1) == 0)
        let widest = try entry(IOHandle.limit - 1, page: 1 << 32 - 1, .write)
        try table.map(last - 1, count: 1, to: widest)
        #expect(table.translate(last - 1) == widest)
    }
}
