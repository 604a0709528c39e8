import LinuxSystem

/// How a domain gives addresses to memory, and finds the memory of an address.
protocol IOAddressing: Sendable {
    /// No page from here on has an address.
    var pageLimit: UInt64 { get }

    /// Gives addresses to a backing's pages.
    /// - Returns: the device's segments, which together have the request's length.
    /// - Throws: ENOMEM or EIO when there are no addresses in the device's reach; EFAULT when they are in more
    ///   segments than it takes. Then nothing has changed.
    mutating func place(_ request: IOPlacement, as handle: IOHandle) throws(Errno) -> [DMASegment]

    /// From here on nothing is found at the addresses. They stay taken.
    mutating func withdraw(_ handle: IOHandle)

    /// The addresses may be given to others, some time. They were withdrawn before.
    mutating func release(_ handle: IOHandle)

    /// What is behind a page of the device's addresses. Where there is more than one thing, one that allows the
    /// access.
    mutating func find(_ page: UInt64, for access: IOAccess) -> IOPageTable.Entry?

    /// Adds what it knows.
    func report(to statistics: inout IOMMUStatistics)
}

/// Memory that needs addresses.
struct IOPlacement {
    var backing: any IOBacking
    /// In bytes, more than 0 and not more than the backing has.
    var length: Int
    var access: IOAccess
    var constraints: DMAConstraints

    var pageCount: Int { IOPage.count(of: length) }
}
