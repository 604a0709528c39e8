/// What an ``IOMMU`` has, and what it did until now.
public struct IOMMUStatistics: Hashable, Sendable {
    /// Mapping objects that somebody holds, of any state.
    public var mappings = 0
    public var mappedPages = 0
    /// Tables of 4 KiB; the root is one. 0 without page tables.
    public var tables = 0
    public var maps: UInt64 = 0
    public var unmaps: UInt64 = 0
    public var revocations: UInt64 = 0
    public var faults: UInt64 = 0
    /// Pages whose translation was in the IOTLB.
    public var cacheHits: UInt64 = 0
    /// Pages for which the tables were walked.
    public var cacheMisses: UInt64 = 0
    /// Translations that the IOTLB had to forget.
    public var invalidatedTranslations: UInt64 = 0
    /// Translations that led to a mapping that was gone. Always 0, or an invalidation was forgotten.
    public var staleTranslations: UInt64 = 0
    /// Pages that are free, and not to be used yet.
    public var quarantinedPages: UInt64 = 0
    /// Ranges that were taken out of quarantine before their time, because nothing else was left.
    public var earlyReuses = 0

    public init() {}
}
