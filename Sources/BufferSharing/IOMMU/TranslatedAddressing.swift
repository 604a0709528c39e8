import LinuxSystem

/// Addresses behind an IOMMU: any free range will do, and page tables lead from there to the memory. So memory that
/// is scattered is in one piece for the device.
struct TranslatedAddressing: IOAddressing {
    private var allocator: IOVAAllocator
    private var table = IOPageTable()
    private var cache = TranslationCache()
    private var ranges: [IOHandle: Range<UInt64>] = [:]

    init(quarantine: IOVAAllocator.QuarantineLimit) {
        allocator = IOVAAllocator(pages: 1..<IOPage.limit, quarantine: quarantine)
    }

    var pageLimit: UInt64 { IOPage.limit }

    mutating func place(_ request: IOPlacement, as handle: IOHandle) throws(Errno) -> [DMASegment] {
        let range = try allocate(UInt64(request.pageCount), request.constraints)
        do throws(Errno) {
            var cutter = SegmentCutter(request.constraints)
            cutter.append(address: IOPage.address(of: range.lowerBound), length: request.length)
            guard cutter.isWithinCount else { throw .badAddress }
            try map(range, to: request, as: handle)
            ranges[handle] = range
            return cutter.segments
        } catch {
            table.unmap(range.lowerBound, count: range.count)
            try allocator.cancel(range)
            throw error
        }
    }

    mutating func withdraw(_ handle: IOHandle) {
        guard let range = ranges[handle] else { return }
        table.unmap(range.lowerBound, count: range.count)
        cache.invalidate(range)
    }

    mutating func release(_ handle: IOHandle) {
        guard let range = ranges.removeValue(forKey: handle) else { return }
        // It is in use, as `ranges` had it, so that this can't fail.
        try? allocator.free(range)
    }

    mutating func find(_ page: UInt64, for access: IOAccess) -> IOPageTable.Entry? {
        if let entry = cache.lookUp(page) { return entry }
        guard let entry = table.translate(page) else { return nil }
        cache.insert(entry, for: page)
        return entry
    }

    func report(to statistics: inout IOMMUStatistics) {
        statistics.mappedPages = table.pageCount
        statistics.tables = table.tableCount
        statistics.cacheHits = cache.hits
        statistics.cacheMisses = cache.misses
        statistics.invalidatedTranslations = cache.invalidated
        statistics.quarantinedPages = allocator.quarantinedPages
        statistics.earlyReuses = allocator.earlyReuses
    }

    /// At a multiple of 2 MiB if it may have large leaves, and where as few boundaries as possible are crossed; when
    /// the addresses are too short for that, anywhere.
    private mutating func allocate(
        _ pageCount: UInt64, _ constraints: DMAConstraints
    ) throws(Errno) -> Range<UInt64> {
        let mask = constraints.segmentBoundaryMask
        let window = mask == .max ? nil : IOPage.number(of: mask) + 1
        let fits = window.map { pageCount <= $0 } ?? true
        var request = AddressRequest(
            pageCount: pageCount, alignment: pageCount >= IOPage.perLargeLeaf ? IOPage.perLargeLeaf : 1,
            boundary: fits ? window : nil, limit: IOPage.number(of: constraints.highestAddress) + 1)
        if let window, !fits { request.alignment = max(request.alignment, window) }
        if let range = allocator.allocateUnhurried(request) { return range }
        return try allocator.allocate(pageCount: pageCount, boundary: request.boundary, limit: request.limit)
    }

    private mutating func map(_ range: Range<UInt64>, to request: IOPlacement, as handle: IOHandle) throws(Errno) {
        let block = Int(IOPage.perLargeLeaf)
        for first in stride(from: 0, to: range.count, by: block) {
            let count = min(block, range.count - first)
            // A large leaf needs memory that is large as well, and says so itself.
            let pages = request.backing.physicalPages(from: first)
            let isLarge = pages.length >= IOPage.perLargeLeaf && pages.lowerBound % IOPage.perLargeLeaf == 0
            let entry = IOPageTable.Entry(handle: handle, page: first, access: request.access)
            try table.map(
                range.lowerBound + UInt64(first), count: count, to: entry, largeLeaves: isLarge && count == block)
        }
    }
}
