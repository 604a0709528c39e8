/// What an evictable heap has, and what it did; all sizes in bytes.
public struct EvictionReport: Sendable, Equatable {
    public var budget = 0
    public var bufferCount = 0
    /// In memory now.
    public var residentBytes = 0
    /// The most that was in memory at once, as far as was counted.
    public var peakResidentBytes = 0
    /// Content that waits on disk now.
    public var storedBytes = 0
    /// Buffers that left memory, by each of the means.
    public var evictions: [EvictionMeans: Int] = [:]
    /// Bytes that left memory, ever.
    public var evictedBytes = 0
    /// Buffers that came back with their content.
    public var returns = 0
    /// Uses that began although the heap was over its budget, as nothing else could leave.
    public var overBudgetUses = 0

    public init() {}

    mutating func count(returnFrom place: BufferPlace, isOverBudget: Bool) {
        if place == .stored || place == .pagedOut { returns += 1 }
        if isOverBudget { overBudgetUses += 1 }
    }

    mutating func count(_ means: EvictionMeans, bytes: Int) {
        evictions[means, default: 0] += 1
        evictedBytes += bytes
    }
}
