import LinuxSystem

/// All buffers that this process holds, by the memory that they are: a descriptor that comes back in is recognised, and
/// people can look at all there is (the counterpart of debugfs `dma_buf/bufinfo`).
final class BufferRegistry: Sendable {
    static let shared = BufferRegistry()

    private struct Weak {
        weak var hold: BufferHold?
    }

    private let entries = Locked<[BufferIdentity: Weak]>([:])

    func add(_ hold: BufferHold) {
        entries.withLock { $0[hold.storage.identity] = Weak(hold: hold) }
    }

    /// Those who hold that memory; if there are none, as `make` makes them.
    func hold(
        of identity: BufferIdentity, file: BufferFile, orMake make: () -> BufferStorage
    ) -> BufferHold {
        if let known = entries.withLock({ $0[identity]?.hold }) { return known }
        let made = BufferHold(make(), file: file)
        // Somebody else may have been faster.
        return entries.withLock { entries in
            if let known = entries[identity]?.hold { return known }
            entries[identity] = Weak(hold: made)
            return made
        }
    }

    /// Forgets one that goes away, unless another has its place by now.
    func remove(_ hold: BufferHold) {
        let identity = hold.storage.identity
        let other: BufferHold? = entries.withLock { entries in
            guard let entry = entries[identity] else { return nil }
            let other = entry.hold
            if other == nil || other === hold { entries[identity] = nil }
            return other
        }
        // Let go of out here: if it is the last reference, its end comes back to this table.
        withExtendedLifetime(other) {}
    }

    /// All buffers that exist now.
    var all: [BufferHold] { entries.withLock { $0.values.compactMap(\.hold) } }
}
