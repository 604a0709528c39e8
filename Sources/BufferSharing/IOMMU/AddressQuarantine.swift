/// Freed ranges that are kept from use for a while, oldest first.
struct AddressQuarantine: Sendable {
    private let limit: IOVAAllocator.QuarantineLimit
    private var ranges: [Range<UInt64>] = []
    /// Those before it are gone.
    private var head = 0
    private(set) var pageCount: UInt64 = 0

    init(_ limit: IOVAAllocator.QuarantineLimit) {
        self.limit = limit
    }

    var count: Int { ranges.count - head }

    mutating func add(_ range: Range<UInt64>) {
        ranges.append(range)
        pageCount += range.length
    }

    /// The oldest one, if there is more here than the limit allows. The last that came in stays, however long it is.
    mutating func takeOverdue() -> Range<UInt64>? {
        let isOver = count > limit.ranges || (count > 1 && pageCount > limit.pages)
        return isOver ? take(at: head) : nil
    }

    /// The oldest one that starts before the page, whether it is due or not.
    mutating func takeOldest(startingBefore page: UInt64) -> Range<UInt64>? {
        guard let index = ranges[head...].firstIndex(where: { $0.lowerBound < page }) else { return nil }
        return take(at: index)
    }

    private mutating func take(at index: Int) -> Range<UInt64> {
        let range = ranges[index]
        pageCount -= range.length
        if index == head {
            head += 1
            // Moving the rest only when it is less than half costs O(1) in the long run.
            if head * 2 > ranges.count {
                ranges.removeFirst(head)
                head = 0
            }
        } else {
            ranges.remove(at: index)
        }
        return range
    }
}
