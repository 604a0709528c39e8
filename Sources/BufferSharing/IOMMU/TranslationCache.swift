/// The IOTLB: what was found in the page tables lately, so that a transfer doesn't walk four tables for each page.
///
/// As in hardware, it doesn't notice that a table has changed. Whoever unmaps pages has to ``invalidate(_:)`` them
/// here too, or the device goes on using the old memory. It caches only what was found, never that nothing was.
///
/// Direct-mapped: a page has one place, and takes it from another page that has the same.
package struct TranslationCache: Sendable {
    private struct Line: Sendable {
        /// Page 0 is never mapped, and stands for an empty line.
        var page: UInt64 = 0
        var entry: IOPageTable.Entry
    }

    private static let nothing = Line(
        entry: IOPageTable.Entry(handle: IOHandle(truncating: 0), page: 0, access: []))

    private var lines: [Line]
    package private(set) var hits: UInt64 = 0
    package private(set) var misses: UInt64 = 0
    /// How many lines were emptied because their page was unmapped.
    package private(set) var invalidated: UInt64 = 0

    package init(capacity: Int = 256) {
        lines = [Line](repeating: Self.nothing, count: max(1, capacity))
    }

    /// What was found for the page last, if it is still here.
    package mutating func lookUp(_ page: UInt64) -> IOPageTable.Entry? {
        let line = lines[place(of: page)]
        guard page != 0, line.page == page else {
            misses += 1
            return nil
        }
        hits += 1
        return line.entry
    }

    package mutating func insert(_ entry: IOPageTable.Entry, for page: UInt64) {
        if page == 0 { return }
        lines[place(of: page)] = Line(page: page, entry: entry)
    }

    /// Forgets what it knows of the pages.
    package mutating func invalidate(_ pages: Range<UInt64>) {
        if pages.length < UInt64(lines.count) {
            for page in pages { empty(place(of: page), of: pages) }
        } else {
            for index in lines.indices { empty(index, of: pages) }
        }
    }

    private mutating func empty(_ index: Int, of pages: Range<UInt64>) {
        guard lines[index].page != 0, pages.contains(lines[index].page) else { return }
        lines[index] = Self.nothing
        invalidated += 1
    }

    private func place(of page: UInt64) -> Int {
        Int(page % UInt64(lines.count))
    }
}
