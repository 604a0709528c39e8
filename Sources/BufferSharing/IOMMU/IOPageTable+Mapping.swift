public import LinuxSystem

extension IOPageTable {
    /// Puts pages of an object behind pages of the device's addresses.
    /// - Parameters:
    ///   - page: the first page of the device's.
    ///   - count: how many, more than 0.
    ///   - entry: what is behind the first one; the others follow.
    ///   - largeLeaves: whether 2 MiB leaves may be used, where both sides are at a multiple of 2 MiB.
    /// - Throws: EINVAL for pages that the tables can't express, or an access of nothing; EEXIST when one of the pages
    ///   is mapped. Then nothing has changed.
    public mutating func map(
        _ page: UInt64, count: Int, to entry: Entry, largeLeaves: Bool = true
    ) throws(Errno) {
        guard count > 0, page < IOPage.limit, UInt64(count) <= IOPage.limit - page, entry.page >= 0,
            entry.page < Self.objectPageLimit, count <= Self.objectPageLimit - entry.page,
            !entry.access.isEmpty, entry.access.isSubset(of: .readWrite)
        else { throw .invalidArgument }
        let pages = page..<page + UInt64(count)
        guard isEmpty(pages, in: Self.root, at: Self.levelCount - 1) else { throw .fileExists }
        fill(pages, with: entry, largeLeaves: largeLeaves, in: Self.root, at: Self.levelCount - 1)
        pageCount += count
    }

    /// Takes away what is behind pages. Pages with nothing behind them are no error. Tables that are empty then are
    /// freed, and a large leaf of which a part goes becomes a table.
    /// - Returns: how many pages were mapped.
    @discardableResult
    public mutating func unmap(_ page: UInt64, count: Int) -> Int {
        guard count > 0, page < IOPage.limit else { return 0 }
        let pages = page..<page + min(UInt64(count), IOPage.limit - page)
        let removed = clear(pages, in: Self.root, at: Self.levelCount - 1)
        pageCount -= removed
        return removed
    }

    private func isEmpty(_ pages: Range<UInt64>, in table: Int, at level: Int) -> Bool {
        if tables[table].used == 0 { return true }
        for slot in Self.slots(of: pages, at: level) {
            let word = PageTableWord(tables[table].slots[slot])
            if word.rawValue == 0 { continue }
            guard let child = word.child else { return false }
            let part = Self.span(ofSlot: slot, at: level, near: pages.lowerBound).clamped(to: pages)
            if !isEmpty(part, in: child, at: level - 1) { return false }
        }
        return true
    }

    /// The pages are those of one table, and empty.
    private mutating func fill(
        _ pages: Range<UInt64>, with entry: Entry, largeLeaves: Bool, in table: Int, at level: Int
    ) {
        if level == 0 { return fillLeaves(pages, with: entry, in: table) }
        for slot in Self.slots(of: pages, at: level) {
            let span = Self.span(ofSlot: slot, at: level, near: pages.lowerBound)
            let part = span.clamped(to: pages)
            var first = entry
            first.page += Int(part.lowerBound - pages.lowerBound)
            let isAligned = part == span && first.page % Int(IOPage.perLargeLeaf) == 0
            if level == 1, largeLeaves, isAligned {
                set(PageTableWord(first, isLarge: true), in: table, at: slot)
                continue
            }
            let child = PageTableWord(tables[table].slots[slot]).child ?? addChild(in: table, at: slot)
            fill(part, with: first, largeLeaves: largeLeaves, in: child, at: level - 1)
        }
    }

    private mutating func fillLeaves(_ pages: Range<UInt64>, with entry: Entry, in table: Int) {
        let slots = Self.slots(of: pages, at: 0)
        var word = PageTableWord(entry).rawValue
        var words = tables[table].slots.mutableSpan
        for slot in slots {
            words[slot] = word
            word &+= PageTableWord.nextPage
        }
        tables[table].used += slots.count
    }

    private mutating func clear(_ pages: Range<UInt64>, in table: Int, at level: Int) -> Int {
        if level == 0 { return clearLeaves(pages, in: table) }
        var removed = 0
        for slot in Self.slots(of: pages, at: level) {
            let word = PageTableWord(tables[table].slots[slot])
            if word.rawValue == 0 { continue }
            let span = Self.span(ofSlot: slot, at: level, near: pages.lowerBound)
            let part = span.clamped(to: pages)
            if word.isLarge, part == span {
                set(PageTableWord(0), in: table, at: slot)
                removed += span.count
                continue
            }
            let child = word.child ?? splitLargeLeaf(word, of: span, in: table, at: slot)
            removed += clear(part, in: child, at: level - 1)
            if tables[child].used == 0 {
                removeTable(child)
                set(PageTableWord(0), in: table, at: slot)
            }
        }
        return removed
    }

    private mutating func clearLeaves(_ pages: Range<UInt64>, in table: Int) -> Int {
        let slots = Self.slots(of: pages, at: 0)
        var removed = 0
        if slots.count == 512 {
            // The whole table goes, and will be freed as it is.
            removed = tables[table].used
        } else {
            var words = tables[table].slots.mutableSpan
            for slot in slots where words[slot] != 0 {
                words[slot] = 0
                removed += 1
            }
        }
        tables[table].used -= removed
        return removed
    }

    private mutating func addChild(in table: Int, at slot: Int) -> Int {
        let child = addTable(.empty)
        set(PageTableWord(table: child), in: table, at: slot)
        return child
    }

    private mutating func splitLargeLeaf(
        _ word: PageTableWord, of span: Range<UInt64>, in table: Int, at slot: Int
    ) -> Int {
        let child = addTable(.empty)
        if let entry = word.entry { fillLeaves(span, with: entry, in: child) }
        // One entry for another: the count of those in use stays.
        tables[table].slots[slot] = PageTableWord(table: child).rawValue
        return child
    }

    private mutating func set(_ word: PageTableWord, in table: Int, at slot: Int) {
        tables[table].slots[slot] = word.rawValue
        tables[table].used += word.rawValue == 0 ? -1 : 1
    }

    /// The entries of the table that the pages lead through.
    private static func slots(of pages: Range<UInt64>, at level: Int) -> ClosedRange<Int> {
        slot(of: pages.lowerBound, at: level)...slot(of: pages.upperBound - 1, at: level)
    }
}
