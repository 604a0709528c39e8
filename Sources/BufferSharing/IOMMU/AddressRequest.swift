/// What is asked of a range of addresses, in pages.
struct AddressRequest: Sendable {
    var pageCount: UInt64
    /// The first page's number is a multiple of this power of two.
    var alignment: UInt64
    /// The range doesn't cross a multiple of this power of two, if there is one.
    var boundary: UInt64?
    /// The range ends before this page or at it.
    var limit: UInt64

    /// Whether some range can be what is asked.
    var isValid: Bool {
        guard pageCount > 0, alignment.isPowerOfTwo else { return false }
        guard let boundary else { return true }
        return boundary.isPowerOfTwo && pageCount <= boundary
    }

    /// The highest place in a hole, or nil when it has none.
    func highestPlace(in hole: Range<UInt64>) -> Range<UInt64>? {
        guard let first = highestStart(in: hole.lowerBound..<max(hole.lowerBound, min(hole.upperBound, limit))) else {
            return nil
        }
        guard let boundary else { return first..<first + pageCount }
        let crossed = (first + pageCount - 1) & ~(boundary - 1)
        if first >= crossed { return first..<first + pageCount }
        // Whatever starts higher crosses the same line, so the next place ends at it.
        guard let second = highestStart(in: hole.lowerBound..<max(hole.lowerBound, crossed)) else { return nil }
        return second..<second + pageCount
    }

    private func highestStart(in hole: Range<UInt64>) -> UInt64? {
        guard hole.length >= pageCount else { return nil }
        let start = (hole.upperBound - pageCount) & ~(alignment - 1)
        return start >= hole.lowerBound ? start : nil
    }
}

extension UInt64 {
    var isPowerOfTwo: Bool { nonzeroBitCount == 1 }
}
