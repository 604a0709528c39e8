extension Fence {
    /// A fence that is done when all of these are: SYNC_IOC_MERGE, `dma_fence_array`. It fails as the first of them
    /// that failed, in their order here.
    ///
    /// Of several on one timeline only the latest counts. It needs nobody to signal it; but its descriptor does:
    /// that is signalled by a thread of this process, and so fails with EOWNERDEAD when the process dies.
    /// - Returns: one of the fences if that says it all; ``alreadySignaled`` for none.
    public static func merging(_ fences: some Sequence<Fence>, name: String = "merged") -> Fence {
        var members: [Fence] = []
        for fence in fences.lazy.flatMap(\.flattened) where fence.status != .succeeded {
            if let index = members.firstIndex(where: { $0.context == fence.context }) {
                if fence.isLater(than: members[index]) { members[index] = fence }
            } else {
                members.append(fence)
            }
        }
        guard let first = members.first else { return .alreadySignaled }
        return members.count == 1 ? first : Fence(name: name, source: .all(FenceGroup(members)))
    }

    /// The fences that this one consists of: no group is in a group (dma_fence_unwrap).
    var flattened: [Fence] {
        switch source {
        case .all(let group): group.members
        case .here: [self]
        case .descriptor: [self]
        }
    }

    /// A fence that has ended already.
    static func ended(_ status: Status) -> Fence {
        let fence = Fence(name: "ended", source: .here(FenceExports()))
        fence.complete(status)
        return fence
    }
}
