/// The tables that lead from a device's address to a page of memory: four levels of 512 entries, as most IOMMUs and
/// processors have.
///
///     device's address
///      47     39 38     30 29     21 20     12 11      0
///     ┌─────────┬─────────┬─────────┬─────────┬─────────┐
///     │ level 3 │ level 2 │ level 1 │ level 0 │ in page │   9 bits choose one of 512 entries
///     └────┬────┴────┬────┴────┬────┴────┬────┴─────────┘
///          ▼         ▼         ▼         ▼
///         root ───▶ table ─┬▶ table ─┬▶ table ───▶ "page 19 of object 7, read"      a leaf: 4 KiB
///                          │         └───────────▶ "page 512 of object 7, read"     a large leaf: 2 MiB
///                          └▶ nothing: nobody mapped this GiB
///
/// A table exists only where something is mapped, and its entries are one word each. A leaf says what is behind the
/// page, as the number of an object and a page in it (hardware has a physical address there), and what the device
/// may do with it. A large leaf takes the place of a whole table of level 0: 24 MiB are 12 entries instead of 6144.
///
/// Pages are counted: a page's number is its address divided by 4096. Not locked, and it caches nothing: who looks up
/// often keeps what was found, and then has to forget it when it is unmapped.
public struct IOPageTable: Sendable {
    /// What is behind a page.
    public struct Entry: Hashable, Sendable {
        /// The object that the page is of.
        public var handle: IOHandle
        /// Which page of the object: less than 2^32.
        public var page: Int
        public var access: IOAccess

        public init(handle: IOHandle, page: Int, access: IOAccess) {
            self.handle = handle
            self.page = page
            self.access = access
        }
    }

    struct Table: Sendable {
        /// 512 words; none while the table isn't in use.
        var slots: [UInt64]
        /// How many of them aren't empty.
        var used = 0

        static var empty: Table { Table(slots: [UInt64](repeating: 0, count: 512)) }
    }

    static let levelCount = 4
    static let root = 0
    /// Objects have fewer pages than this.
    static let objectPageLimit = 1 << 32

    var tables: [Table] = [.empty]
    /// The places in `tables` that are not in use.
    var unusedTables: [Int] = []
    /// How many pages are mapped.
    public internal(set) var pageCount = 0

    public init() {}

    /// How many tables there are; the root always is.
    public var tableCount: Int { tables.count - unusedTables.count }

    /// What is behind a page, or nil when nothing is.
    public func translate(_ page: UInt64) -> Entry? {
        guard page < IOPage.limit else { return nil }
        var table = Self.root
        var level = Self.levelCount - 1
        while true {
            let word = PageTableWord(tables[table].slots[Self.slot(of: page, at: level)])
            if let child = word.child {
                table = child
                level -= 1
                continue
            }
            guard var entry = word.entry else { return nil }
            if word.isLarge { entry.page += Int(page % IOPage.perLargeLeaf) }
            return entry
        }
    }

    /// Which of a table's entries leads to the page.
    static func slot(of page: UInt64, at level: Int) -> Int {
        Int(page >> UInt64(9 * level)) & 511
    }

    /// The pages that an entry stands for, of the table that `page` leads through.
    static func span(ofSlot slot: Int, at level: Int, near page: UInt64) -> Range<UInt64> {
        let shift = UInt64(9 * level)
        let start = (page & ~(1 << (shift + 9) - 1)) + UInt64(slot) << shift
        return start..<start + 1 << shift
    }

    mutating func addTable(_ table: Table) -> Int {
        if let index = unusedTables.popLast() {
            tables[index] = table
            return index
        }
        tables.append(table)
        return tables.count - 1
    }

    mutating func removeTable(_ index: Int) {
        tables[index] = Table(slots: [])
        unusedTables.append(index)
    }
}
