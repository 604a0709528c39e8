/// The fences on a buffer, and what for. Pure but for asking the fences whether they are done.
struct FenceList {
    private struct Entry {
        var fence: Fence
        var usage: FenceUsage
    }

    private var entries: [Entry] = []

    /// Adds a fence, and drops those that are done, and those that it replaces: earlier ones of its timeline, unless
    /// they say more about the buffer (dma_resv_add_fence). The fences of a merged one are added one by one.
    mutating func add(_ fence: Fence, _ usage: FenceUsage) {
        entries.removeAll { $0.fence.isSignaled }
        for fence in fence.flattened where !fence.isSignaled { addPending(fence, usage) }
    }

    /// Those that whoever is about to use the buffer in this way has to wait for.
    mutating func pending(for usage: FenceUsage) -> [Fence] {
        entries.removeAll { $0.fence.isSignaled }
        return entries.filter { usage.waits(for: $0.usage) }.map(\.fence)
    }

    private mutating func addPending(_ fence: Fence, _ usage: FenceUsage) {
        let covered = entries.contains {
            $0.usage.covers(usage) && ($0.fence === fence || $0.fence.isLater(than: fence))
        }
        if covered { return }
        entries.removeAll { usage.covers($0.usage) && ($0.fence === fence || fence.isLater(than: $0.fence)) }
        entries.append(Entry(fence: fence, usage: usage))
    }
}
