/// An entry of a page table as it is stored.
///
///     63            32 31         4   3     2     1      0
///     ┌───────────────┬────────────┬─────┬─────┬──────┬──────┐
///     │ page          │ handle     │table│large│ write│ read │   0: empty
///     └───────────────┴────────────┴─────┴─────┴──────┴──────┘
///
/// An entry that leads to another table has its number in the upper half.
struct PageTableWord {
    let rawValue: UInt64

    private static let large: UInt64 = 1 << 2
    private static let table: UInt64 = 1 << 3
    /// What the next page's entry has more.
    static let nextPage: UInt64 = 1 << 32

    init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    init(_ entry: IOPageTable.Entry, isLarge: Bool = false) {
        rawValue =
            UInt64(entry.page) << 32 | UInt64(entry.handle.rawValue) << 4 | (isLarge ? Self.large : 0)
            | UInt64(entry.access.rawValue)
    }

    init(table index: Int) {
        rawValue = UInt64(index) << 32 | Self.table
    }

    var isLarge: Bool { rawValue & Self.large != 0 }

    /// The table that this leads to.
    var child: Int? { rawValue & Self.table != 0 ? Int(rawValue >> 32) : nil }

    /// What this leaf says; of its first page if it is a large one.
    var entry: IOPageTable.Entry? {
        let access = IOAccess(rawValue: UInt8(truncatingIfNeeded: rawValue & 3))
        if access.isEmpty { return nil }
        let handle = IOHandle(truncating: UInt32(truncatingIfNeeded: rawValue >> 4))
        return IOPageTable.Entry(handle: handle, page: Int(rawValue >> 32), access: access)
    }
}
