public import LinuxSystem

/// Hands out ranges of I/O virtual addresses (IOVA): addresses that mean something only to a device behind an IOMMU.
/// Counted in pages of 4 KiB; the counterpart of the kernel's `struct iova_domain`.
///
/// **From the top.** A range is the highest that fits under the device's own limit. A device that can count far thus
/// leaves the low addresses to those that can't, which have no others.
///
/// **Quarantine.** A device that was told to stop may still use an old address: by a bug, or because a transfer was
/// under way. If that address were another buffer's by then, the device would read or spoil it. So a freed range waits
/// until so many others were freed after it (see ``QuarantineLimit``), and until then an old address leads nowhere.
/// When nothing else is left, the oldest waiting ranges that the device can reach are used early, and counted in
/// ``earlyReuses``: a small address space serves its device first.
///
/// Allocation and freeing take O(log n) of the number of holes; each hole that is long enough but misplaced for an
/// alignment or a boundary adds a step.
public struct IOVAAllocator: Sendable {
    /// How much waits before it may be used again. The range that was freed last waits in any case, unless
    /// ``ranges`` is 0.
    public struct QuarantineLimit: Hashable, Sendable {
        /// At most so many ranges wait.
        public var ranges: Int
        /// At most so many pages wait.
        public var pages: UInt64

        public init(ranges: Int, pages: UInt64) {
            self.ranges = max(0, ranges)
            self.pages = pages
        }

        /// 1024 ranges, and 1 GiB: some seconds, for a device that maps anew for each frame.
        public static let standard = QuarantineLimit(ranges: 1024, pages: 1 << 18)
        public static let none = QuarantineLimit(ranges: 0, pages: 0)
    }

    private var free = FreeRanges()
    private var quarantine: AddressQuarantine
    /// The length of each range that is in use, by its first page.
    private var inUse: [UInt64: UInt64] = [:]

    /// How many ranges were used again before their time.
    public private(set) var earlyReuses = 0

    /// - Parameter pages: what there is to hand out, below 2^52 (64 bits of address). Page 0 never is handed out, as
    ///   drivers take address 0 for "none".
    public init(pages: Range<UInt64> = 1..<1 << 36, quarantine: QuarantineLimit = .standard) {
        self.quarantine = AddressQuarantine(quarantine)
        let lowest = max(1, pages.lowerBound)
        free.add(lowest..<max(lowest, min(pages.upperBound, 1 << 52)))
    }

    /// How many pages are neither in use nor in quarantine.
    public var freePages: UInt64 { free.pageCount }
    public var quarantinedPages: UInt64 { quarantine.pageCount }
    /// In how many pieces the free pages are.
    public var holeCount: Int { free.count }

    /// Hands out a range.
    /// - Parameters:
    ///   - pageCount: more than 0.
    ///   - alignment: in pages, a power of two: the range starts at a multiple of it.
    ///   - boundary: in pages, a power of two of at least `pageCount`: the range doesn't cross a multiple of it.
    ///   - limit: the range ends at this page or before it, and doesn't include it.
    /// - Throws: EINVAL for an argument that isn't as said; ENOMEM when no such range is left, as `dma_map_sgtable`
    ///   gives. Then nothing has changed.
    public mutating func allocate(
        pageCount: UInt64, alignment: UInt64 = 1, boundary: UInt64? = nil, limit: UInt64 = .max
    ) throws(Errno) -> Range<UInt64> {
        let request = AddressRequest(pageCount: pageCount, alignment: alignment, boundary: boundary, limit: limit)
        guard request.isValid else { throw .invalidArgument }
        if let range = allocateUnhurried(request) { return range }
        return try allocateEarly(request)
    }

    /// A range that isn't taken out of quarantine, if there is one.
    mutating func allocateUnhurried(_ request: AddressRequest) -> Range<UInt64>? {
        guard let range = free.takeHighest(request) else { return nil }
        inUse[range.lowerBound] = range.length
        return range
    }

    /// Takes a range back, and lets it wait.
    /// - Throws: EINVAL for a range that isn't in use as it stands there. Then nothing has changed.
    public mutating func free(_ range: Range<UInt64>) throws(Errno) {
        try end(range)
        quarantine.add(range)
        while let overdue = quarantine.takeOverdue() { free.add(overdue) }
    }

    /// Takes a range back that no device has heard of: it needn't wait.
    mutating func cancel(_ range: Range<UInt64>) throws(Errno) {
        try end(range)
        free.add(range)
    }

    private mutating func end(_ range: Range<UInt64>) throws(Errno) {
        guard inUse[range.lowerBound] == range.length else { throw .invalidArgument }
        inUse[range.lowerBound] = nil
    }

    private mutating func allocateEarly(_ request: AddressRequest) throws(Errno) -> Range<UInt64> {
        // Tried on a copy: if it doesn't help, everything goes on waiting.
        var trial = self
        while let early = trial.quarantine.takeOldest(startingBefore: request.limit) {
            trial.free.add(early)
            trial.earlyReuses += 1
            if let range = trial.allocateUnhurried(request) {
                self = trial
                return range
            }
        }
        throw .noMemory
    }
}
