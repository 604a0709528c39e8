import BufferSharing
import LinuxSystem
import RandomSupport
import Testing

/// The same rules as the allocator's, page by page.
private struct NaiveAllocator {
    enum Use { case free, used, waiting }

    var pages: Range<UInt64>
    var limit: IOVAAllocator.QuarantineLimit
    var use: [Use]
    var waiting: [Range<UInt64>] = []
    var earlyReuses = 0

    init(pages: Range<UInt64>, limit: IOVAAllocator.QuarantineLimit) {
        self.pages = pages
        self.limit = limit
        use = (0..<pages.upperBound).map { pages.contains($0) && $0 > 0 ? .free : .used }
    }

    var freePages: Int { use.count { $0 == .free } }
    var waitingPages: Int { use.count { $0 == .waiting } }

    var holeCount: Int {
        use.indices.count { use[$0] == .free && ($0 == 0 || use[$0 - 1] != .free) }
    }

    mutating func allocate(
        _ count: UInt64, alignment: UInt64, boundary: UInt64?, limit: UInt64
    ) -> Range<UInt64>? {
        let before = self
        while true {
            let highest = min(limit, pages.upperBound)
            for start in (0..<pages.upperBound).reversed() where start % alignment == 0 && start + count <= highest {
                let range = start..<start + count
                if let boundary, start / boundary != (start + count - 1) / boundary { continue }
                if range.allSatisfy({ use[Int($0)] == .free }) {
                    mark(range, .used)
                    return range
                }
            }
            guard let index = waiting.firstIndex(where: { $0.lowerBound < limit }) else { break }
            mark(waiting.remove(at: index), .free)
            earlyReuses += 1
        }
        self = before
        return nil
    }

    mutating func free(_ range: Range<UInt64>) {
        mark(range, .waiting)
        waiting.append(range)
        while waiting.count > limit.ranges || (waiting.count > 1 && waitingPages > Int(limit.pages)) {
            mark(waiting.removeFirst(), .free)
        }
    }

    private mutating func mark(_ range: Range<UInt64>, _ new: Use) {
        for page in range { use[Int(page)] = new }
    }
}

@Suite struct IOMMUAllocatorTests {
    /// An allocator and its model, driven alike.
    private struct Pair {
        var allocator: IOVAAllocator
        var model: NaiveAllocator
        var live: [Range<UInt64>] = []

        init(pages: Range<UInt64>, limit: IOVAAllocator.QuarantineLimit) {
            allocator = IOVAAllocator(pages: pages, quarantine: limit)
            model = NaiveAllocator(pages: pages, limit: limit)
        }

        mutating func allocate(
            _ count: UInt64, alignment: UInt64 = 1, boundary: UInt64? = nil, limit: UInt64 = .max,
            _ place: @autoclosure () -> String
        ) {
            let expected = model.allocate(count, alignment: alignment, boundary: boundary, limit: limit)
            var range: Range<UInt64>?
            do throws(Errno) {
                range = try allocator.allocate(
                    pageCount: count, alignment: alignment, boundary: boundary, limit: limit)
            } catch {
                #expect(error == .noMemory, "\(place())")
            }
            #expect(range == expected, "\(place())")
            if let range { live.append(range) }
            compare(place())
        }

        mutating func free(at index: Int, _ place: @autoclosure () -> String) {
            let range = live.remove(at: index)
            model.free(range)
            #expect(throws: Never.self, "\(place())") { try allocator.free(range) }
            compare(place())
        }

        func compare(_ place: @autoclosure () -> String) {
            #expect(allocator.freePages == UInt64(model.freePages), "\(place())")
            #expect(allocator.quarantinedPages == UInt64(model.waitingPages), "\(place())")
            #expect(allocator.holeCount == model.holeCount, "\(place())")
            #expect(allocator.earlyReuses == model.earlyReuses, "\(place())")
        }
    }

    /// Every sequence of six steps in a space of six pages.
    @Test func allShortSequencesAreTheModels() {
        var sequences = 0
        func explore(_ pair: Pair, depth: Int) {
            if depth == 0 {
                sequences += 1
                return
            }
            for count in UInt64(1)...3 {
                var next = pair
                next.allocate(count, "allocation of \(count), \(depth) left, after \(pair.live)")
                explore(next, depth: depth - 1)
            }
            for index in pair.live.indices {
                var next = pair
                next.free(at: index, "free of \(pair.live[index]), \(depth) left, after \(pair.live)")
                explore(next, depth: depth - 1)
            }
        }
        explore(Pair(pages: 1..<7, limit: .init(ranges: 2, pages: 3)), depth: 6)
        // The exploration must not shrink unseen.
        #expect(sequences > 5000)
    }

    @Test(arguments: UInt64(1)...40)
    func randomSequencesAreTheModels(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let top = UInt64.random(in: 20...120, using: &random)
        let limits = [
            IOVAAllocator.QuarantineLimit.none, .init(ranges: 1, pages: .max), .init(ranges: 4, pages: 16), .standard,
        ]
        var pair = Pair(pages: 0..<top, limit: limits[Int(seed % 4)])
        for step in 0..<300 {
            let place = "seed \(seed), step \(step)"
            if !pair.live.isEmpty, Bool.random(using: &random) {
                pair.free(at: Int.random(in: pair.live.indices, using: &random), place)
                continue
            }
            let count = UInt64.random(in: 1...9, using: &random)
            let alignment: UInt64 = 1 << UInt64.random(in: 0...4, using: &random)
            let boundary: UInt64? = Bool.random(using: &random) ? nil : 16 << UInt64.random(in: 0...2, using: &random)
            let limit = Bool.random(using: &random) ? UInt64.max : UInt64.random(in: 0...top, using: &random)
            pair.allocate(count, alignment: alignment, boundary: boundary, limit: limit, place)
        }
        while !pair.live.isEmpty { pair.free(at: 0, "seed \(seed), end") }
        // Everything comes back in one piece, whatever the order: page 0 is not part of it.
        pair.allocate(top - 1, "seed \(seed), all")
        #expect(pair.live == [1..<top], "seed \(seed)")
    }

    @Test func addressZeroIsNeverGiven() throws {
        var allocator = IOVAAllocator(pages: 0..<3)
        #expect(try allocator.allocate(pageCount: 2) == 1..<3)
        #expect(throws: Errno.noMemory) { try allocator.allocate(pageCount: 1) }
    }

    @Test func requestsThatMakeNoSenseAreRefused() throws {
        var allocator = IOVAAllocator()
        #expect(throws: Errno.invalidArgument) { try allocator.allocate(pageCount: 0) }
        #expect(throws: Errno.invalidArgument) { try allocator.allocate(pageCount: 1, alignment: 0) }
        #expect(throws: Errno.invalidArgument) { try allocator.allocate(pageCount: 1, alignment: 3) }
        #expect(throws: Errno.invalidArgument) { try allocator.allocate(pageCount: 1, boundary: 6) }
        #expect(throws: Errno.invalidArgument) { try allocator.allocate(pageCount: 5, boundary: 4) }
        #expect(throws: Errno.noMemory) { try allocator.allocate(pageCount: .max) }
        #expect(throws: Errno.noMemory) { try allocator.allocate(pageCount: 1, limit: 0) }
        let range = try allocator.allocate(pageCount: 4)
        #expect(throws: Errno.invalidArgument) { try allocator.free(range.lowerBound..<range.upperBound - 1) }
        #expect(throws: Errno.invalidArgument) { try allocator.free(range.lowerBound + 1..<range.upperBound) }
        try allocator.free(range)
        #expect(throws: Errno.invalidArgument) { try allocator.free(range) }
        #expect(throws: Never.self) { IOVAAllocator(pages: 5..<UInt64.max) }
    }

    @Test func aFreedRangeWaitsUntilEnoughOthersWereFreed() throws {
        var allocator = IOVAAllocator(quarantine: .init(ranges: 3, pages: 100))
        let first = try allocator.allocate(pageCount: 1)
        try allocator.free(first)
        for _ in 0..<3 {
            let other = try allocator.allocate(pageCount: 1)
            #expect(other != first)
            try allocator.free(other)
        }
        // It is the highest, and so the next.
        #expect(try allocator.allocate(pageCount: 1) == first)
        #expect(allocator.earlyReuses == 0)
    }

    @Test func theLastFreedRangeWaitsHoweverLargeItIs() throws {
        var allocator = IOVAAllocator(quarantine: .init(ranges: 3, pages: 10))
        let large = try allocator.allocate(pageCount: 11)
        try allocator.free(large)
        #expect(allocator.quarantinedPages == 11)
        let small = try allocator.allocate(pageCount: 1)
        #expect(!large.overlaps(small))
        try allocator.free(small)
        #expect(allocator.quarantinedPages == 1)
        #expect(try allocator.allocate(pageCount: 11) == large)
    }

    @Test func aRefusedRequestLeavesTheQuarantineAlone() throws {
        var allocator = IOVAAllocator(pages: 1..<11)
        let low = try allocator.allocate(pageCount: 4, limit: 5)
        let high = try allocator.allocate(pageCount: 6)
        try allocator.free(high)
        try allocator.free(low)
        #expect(throws: Errno.noMemory) { try allocator.allocate(pageCount: 5, limit: 5) }
        #expect(allocator.quarantinedPages == 10)
        #expect(allocator.earlyReuses == 0)
        // Only what the device can reach is used early.
        #expect(try allocator.allocate(pageCount: 4, limit: 5) == low)
        #expect(allocator.quarantinedPages == 6)
        #expect(allocator.earlyReuses == 1)
    }
}
