/// Counts of every acquire and release of a queue; each pair must be equal when the queue has no buffers.
///
/// Counterpart: the `cnt_*` fields of CONFIG_VIDEO_ADV_DEBUG, which the kernel prints when unbalanced.
public struct QueueCounters: Sendable, Equatable {
    public var buffersAllocated = 0
    public var buffersFreed = 0
    public var planesAcquired = 0
    public var planesReleased = 0
    public var prepared = 0
    public var finished = 0
    public var taken = 0
    public var completed = 0
    public var started = 0
    public var stopped = 0

    public init() {}

    /// The pairs that differ, as text for a person; empty if all is well.
    public var unbalanced: [String] {
        let pairs = [
            ("buffers allocated", buffersAllocated, "freed", buffersFreed),
            ("planes acquired", planesAcquired, "released", planesReleased),
            ("buffers prepared", prepared, "finished", finished),
            ("buffers taken by the device", taken, "given back", completed),
            ("streams started", started, "stopped", stopped),
        ]
        return pairs.filter { $0.1 != $0.3 }.map { "\($0.0) \($0.1), \($0.2) \($0.3)" }
    }
}
