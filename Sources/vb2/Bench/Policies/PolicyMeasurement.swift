import BufferSharing

/// What one policy did with one kind of buffers.
struct PolicyMeasurement: Hashable, Sendable {
    var policy: MappingPolicy
    var source: BufferSource
    /// Frames that were due.
    var frames = 0
    /// For each frame that was made: map, a write to every page, unmap, and the mapping at the QBUF of other memory.
    var mapTimes = DurationSamples()
    /// Maps that made page tables.
    var realMaps = 0
    /// Maps that a kept mapping served.
    var keptMaps = 0
    /// Frames that weren't there when the next one was due.
    var lateFrames = 0
    /// How often a buffer of the camera's left its memory.
    var moves = 0
    /// Buffers of everybody that left memory.
    var evictions: [EvictionMeans: Int] = [:]
    /// Uses that began although the budget was used up.
    var overBudgetUses = 0
    /// Buffers that the neighbour asked for and didn't get.
    var refusals = 0
    /// The most bytes that all buffers had in memory at once.
    var peakBytes = 0
    /// Words that were read to see whether they are what was written.
    var checkedWords = 0
    /// What may not be under any policy: wrong words, failed uses, counts that don't balance. Empty if all is well.
    var faults: [String] = []

    init(policy: MappingPolicy, source: BufferSource) {
        self.policy = policy
        self.source = source
    }
}
