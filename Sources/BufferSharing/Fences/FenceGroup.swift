import LinuxSystem

/// Fences that are waited for together.
final class FenceGroup: Sendable {
    let members: [Fence]
    /// A fence that is signalled here when all are, once somebody wanted a descriptor.
    private let relayed = Locked<Fence?>(nil)

    init(_ members: [Fence]) {
        self.members = members
    }

    /// How they ended; nil while one hasn't.
    func look() -> Fence.Status? {
        var result = Fence.Status.succeeded
        for member in members {
            guard let status = member.status else { return nil }
            result = Self.combine(result, status)
        }
        return result
    }

    /// Waits for one after the other: the last one decides, in whatever order they end.
    /// - Throws: ETIMEDOUT; ENOMEM.
    func wait(until deadline: MonotonicTime?) throws(Errno) -> Fence.Status {
        var result = Fence.Status.succeeded
        for member in members {
            do {
                result = Self.combine(result, try member.wait(until: deadline))
            } catch {
                throw error.errno
            }
        }
        return result
    }

    /// A fence of this process that ends as they do.
    func relay() throws(Errno) -> Fence {
        try relayed.withLock { relayed throws(Errno) in
            if let relay = relayed { return relay }
            let relay = Fence(name: "relay", source: .here(FenceExports()))
            try FenceWatcher.shared.watch(self, for: relay)
            relayed = relay
            return relay
        }
    }

    private static func combine(_ earlier: Fence.Status, _ later: Fence.Status) -> Fence.Status {
        earlier == .succeeded ? later : earlier
    }
}
