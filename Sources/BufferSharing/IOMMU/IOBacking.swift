/// Memory that an ``IOMMU`` can put behind a device's addresses.
///
/// The IOMMU holds it from map to unmap, or to revoke. All methods are called while the IOMMU is locked, from any
/// thread: they mustn't call the IOMMU, and should be quick.
public protocol IOBacking: Sendable {
    /// In bytes. Constant.
    var byteCount: Int { get }
    /// Whether a device may be allowed to write. Constant.
    var isWritable: Bool { get }

    /// Where the memory stands in the machine: the physical pages, following each other, that hold this backing's
    /// pages from `index` on.
    ///
    /// A page number is an address divided by ``DMAConstraints/pageSize``, below 2^40 (52 bits of address, as x86-64
    /// has at most). With page tables this only decides whether a large leaf can be used; a device without an IOMMU
    /// sees these very addresses. No two backings that are mapped at one time may claim the same page.
    /// - Parameter index: counted in pages of 4 KiB, less than the number that ``byteCount`` needs.
    /// - Returns: at least one page; more pages than the backing has left are cut off.
    func physicalPages(from index: Int) -> Range<UInt64>

    /// The bytes of a range that is within ``byteCount``, all of them, for the time of the call.
    func withBytes(in range: Range<Int>, _ body: (RawSpan) -> Void)

    /// The bytes of a range to change. Called only if ``isWritable``.
    func withMutableBytes(in range: Range<Int>, _ body: (inout MutableRawSpan) -> Void)
}

/// The same memory at other physical pages: to model memory that is scattered, or out of a device's reach.
public struct RelocatedBacking<Base: IOBacking>: IOBacking {
    public let base: Base
    private let runs: [Range<UInt64>]

    /// - Parameter pages: the physical page of each page of the base.
    /// - Returns: nil when there are fewer pages than the base has, or one is 2^40 or more.
    public init?(_ base: Base, pages: [UInt64]) {
        guard pages.count >= IOPage.count(of: base.byteCount), pages.allSatisfy({ $0 < IOPage.physicalLimit }) else {
            return nil
        }
        self.base = base
        // From the back: a page continues the run that begins after it, or is one of its own.
        var runs = pages.map { $0..<$0 + 1 }
        for index in runs.indices.dropLast().reversed() where runs[index].upperBound == runs[index + 1].lowerBound {
            runs[index] = runs[index].lowerBound..<runs[index + 1].upperBound
        }
        self.runs = runs
    }

    public var byteCount: Int { base.byteCount }
    public var isWritable: Bool { base.isWritable }

    public func physicalPages(from index: Int) -> Range<UInt64> {
        runs[index]
    }

    public func withBytes(in range: Range<Int>, _ body: (RawSpan) -> Void) {
        base.withBytes(in: range, body)
    }

    public func withMutableBytes(in range: Range<Int>, _ body: (inout MutableRawSpan) -> Void) {
        base.withMutableBytes(in: range, body)
    }
}
