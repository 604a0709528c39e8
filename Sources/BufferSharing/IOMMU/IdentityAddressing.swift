import LinuxSystem

/// Addresses without an IOMMU: the physical ones. Scattered memory is in many pieces, and what is out of the device's
/// reach can't be used by it (dma-direct, without the bounce buffers of swiotlb).
struct IdentityAddressing: IOAddressing {
    /// Some physical pages that follow each other, and which page of the backing the first of them is.
    private struct Run: Sendable {
        var pages: Range<UInt64>
        var first: Int
    }

    private struct Placed: Sendable {
        /// By address.
        var runs: [Run]
        var access: IOAccess

        /// Which of the backing's pages is at the physical page.
        func index(of page: UInt64) -> Int? {
            var low = 0
            var high = runs.count
            while low < high {
                let middle = (low + high) / 2
                if runs[middle].pages.upperBound <= page { low = middle + 1 } else { high = middle }
            }
            guard low < runs.count, runs[low].pages.contains(page) else { return nil }
            return runs[low].first + Int(page - runs[low].pages.lowerBound)
        }
    }

    private var placed: [IOHandle: Placed] = [:]

    var pageLimit: UInt64 { IOPage.physicalLimit }

    mutating func place(_ request: IOPlacement, as handle: IOHandle) throws(Errno) -> [DMASegment] {
        let reach = min(IOPage.number(of: request.constraints.highestAddress) + 1, pageLimit)
        var cutter = SegmentCutter(request.constraints)
        var runs: [Run] = []
        var index = 0
        while index < request.pageCount {
            let pages = request.backing.physicalPages(from: index)
            let count = min(pages.length, UInt64(request.pageCount - index))
            guard count > 0 else { throw .invalidArgument }
            guard pages.lowerBound < reach, count <= reach - pages.lowerBound else { throw .ioError }
            runs.append(Run(pages: pages.lowerBound..<pages.lowerBound + count, first: index))
            let bytes = min(Int(count) * IOPage.size, request.length - index * IOPage.size)
            cutter.append(address: IOPage.address(of: pages.lowerBound), length: bytes)
            index += Int(count)
        }
        guard cutter.isWithinCount else { throw .badAddress }
        runs.sort { $0.pages.lowerBound < $1.pages.lowerBound }
        placed[handle] = Placed(runs: runs, access: request.access)
        return cutter.segments
    }

    mutating func withdraw(_ handle: IOHandle) {
        placed[handle] = nil
    }

    mutating func release(_ handle: IOHandle) {
        // The addresses are the memory's own: there is nothing to give back.
    }

    func find(_ page: UInt64, for access: IOAccess) -> IOPageTable.Entry? {
        var found: IOPageTable.Entry?
        // One memory can be mapped more than once, and then it is at the same addresses.
        for (handle, memory) in placed {
            guard let index = memory.index(of: page) else { continue }
            found = IOPageTable.Entry(handle: handle, page: index, access: memory.access)
            if memory.access.isSuperset(of: access) { break }
        }
        return found
    }

    func report(to statistics: inout IOMMUStatistics) {
        for memory in placed.values {
            for run in memory.runs { statistics.mappedPages += run.pages.count }
        }
    }
}
