import Synchronization

/// How often each thing was done and undone in an address space. What is done and undone evenly is in
/// balance when nobody uses a buffer any more.
public struct BalanceCounters: Sendable, Hashable {
    public var attaches: UInt64 = 0
    public var detaches: UInt64 = 0
    /// Maps that made page tables: they called mmap.
    public var realMaps: UInt64 = 0
    /// Maps that another attachment's mapping served.
    public var sharedMaps: UInt64 = 0
    /// Maps that the attachment's own kept mapping served.
    public var keptMaps: UInt64 = 0
    public var unmaps: UInt64 = 0
    /// Mappings that were made because the buffer had moved; they are in the counts above.
    public var moves: UInt64 = 0
    /// Unmaps without a map, which did nothing.
    public var excessUnmaps: UInt64 = 0

    public init() {}

    /// All maps.
    public var maps: UInt64 { realMaps + sharedMaps + keptMaps }
    /// Whether nothing is attached or mapped, and nothing was undone that wasn't done.
    public var isBalanced: Bool { attaches == detaches && maps == unmaps && excessUnmaps == 0 }
}

/// The counters while they count: each use of a kept mapping adds to one of them, without a lock.
final class LiveCounters: Sendable {
    let attaches = Atomic<UInt64>(0)
    let detaches = Atomic<UInt64>(0)
    let realMaps = Atomic<UInt64>(0)
    let sharedMaps = Atomic<UInt64>(0)
    let keptMaps = Atomic<UInt64>(0)
    let unmaps = Atomic<UInt64>(0)
    let moves = Atomic<UInt64>(0)
    let excessUnmaps = Atomic<UInt64>(0)

    var snapshot: BalanceCounters {
        var counters = BalanceCounters()
        counters.attaches = attaches.load(ordering: .relaxed)
        counters.detaches = detaches.load(ordering: .relaxed)
        counters.realMaps = realMaps.load(ordering: .relaxed)
        counters.sharedMaps = sharedMaps.load(ordering: .relaxed)
        counters.keptMaps = keptMaps.load(ordering: .relaxed)
        counters.unmaps = unmaps.load(ordering: .relaxed)
        counters.moves = moves.load(ordering: .relaxed)
        counters.excessUnmaps = excessUnmaps.load(ordering: .relaxed)
        return counters
    }
}
