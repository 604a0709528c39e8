import Synchronization

/// How many bytes of an exporter's memory are pinned, and how many may be: the counterpart of RLIMIT_MEMLOCK.
public final class PinAccount: Sendable {
    /// In bytes.
    public let limit: Int
    private let pinned = Atomic<Int>(0)

    public init(limit: Int) {
        self.limit = limit
    }

    /// Bytes that are pinned now.
    public var pinnedBytes: Int { pinned.load(ordering: .relaxed) }

    /// - Returns: false, and nothing is added, if that would be more than the limit.
    func add(_ bytes: Int) -> Bool {
        if pinned.add(bytes, ordering: .relaxed).newValue <= limit { return true }
        pinned.subtract(bytes, ordering: .relaxed)
        return false
    }

    func subtract(_ bytes: Int) {
        pinned.subtract(bytes, ordering: .relaxed)
    }
}
