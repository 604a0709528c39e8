/// Arithmetic with pages of the IOMMU.
enum IOPage {
    static let shift: UInt64 = 12
    static let size = DMAConstraints.pageSize
    /// Addresses that a page table of four levels translates have 48 bits.
    static let limit: UInt64 = 1 << 36
    /// Physical addresses have 52 bits at most.
    static let physicalLimit: UInt64 = 1 << 40
    /// As many pages as a 2 MiB leaf stands for.
    static let perLargeLeaf: UInt64 = 512

    /// How many pages so many bytes need; not less than 0.
    static func count(of bytes: Int) -> Int {
        bytes <= 0 ? 0 : (bytes - 1) / size + 1
    }

    /// The page that an address is in.
    static func number(of address: UInt64) -> UInt64 { address >> shift }

    /// The first address of a page.
    static func address(of page: UInt64) -> UInt64 { page << shift }
}
