/// What the work behind a fence does to a buffer (enum dma_resv_usage, of which programs and devices need these
/// two).
public enum FenceUsage: Hashable, Sendable {
    /// It writes: alone.
    case write
    /// It reads: together with other readers.
    case read

    /// Whether who is about to do this has to wait for work that does `other`: a writer waits for all, a reader for
    /// writers (dma_resv_usage_rw).
    func waits(for other: FenceUsage) -> Bool { self == .write || other == .write }

    /// Whether this says at least as much about a buffer as `other` does.
    func covers(_ other: FenceUsage) -> Bool { self == .write || other == .read }
}
