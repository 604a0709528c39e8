import LinuxSystem
import Synchronization

/// Where buffers are mapped to: here, the memory of this process, which all software devices share.
///
/// It is a property of a device, as `struct device` with its IOMMU is in the kernel: two devices of one
/// address space share the mappings of a buffer.
public final class AddressSpace: Sendable {
    /// A label for people.
    public let name: String

    let live = LiveCounters()
    private let kept: Locked<[Key: Entry]>

    private struct Key: Hashable {
        var identity: BufferIdentity
        var size: Int
        var access: MappingAccess
        var generation: UInt64
    }

    private struct Entry {
        var mapping: BufferMapping
        var users: Int
    }

    public init(name: String = "process") {
        self.name = name
        kept = Locked([:])
    }

    /// What was done and undone until now.
    public var counters: BalanceCounters { live.snapshot }

    /// How many mappings exist now.
    public var mappingCount: Int { kept.withLock { $0.count } }

    /// Says that a device of this address space is going to use the buffer. Maps nothing yet.
    ///
    /// Once per user, not once per use: see ``Attachment``.
    /// - Throws: nothing now; an address space that can't reach the buffer will.
    public func attach(_ buffer: SharedBuffer) throws(BufferSharingError) -> Attachment {
        live.attaches.add(1, ordering: .relaxed)
        return Attachment(buffer, in: self)
    }

    /// A mapping of the buffer as it is now, and whether it had to be made. To be given back by
    /// ``release(_:of:)``.
    func acquire(_ buffer: SharedBuffer) throws(BufferSharingError) -> (mapping: BufferMapping, isNew: Bool) {
        // Read before the mapping is made: a move in between makes it look old, never new.
        let generation = buffer.generation
        let key = key(of: buffer, generation)
        do {
            return try kept.withLock { entries throws(Errno) in
                if var entry = entries[key] {
                    entry.users += 1
                    entries[key] = entry
                    return (entry.mapping, false)
                }
                let mapping = try BufferMapping(buffer, access: key.access, generation: generation)
                entries[key] = Entry(mapping: mapping, users: 1)
                return (mapping, true)
            }
        } catch {
            throw .system(error, "mapping of \(buffer.name)")
        }
    }

    /// Gives a mapping back. The last one to do so ends it, unless somebody still holds the object.
    func release(_ mapping: BufferMapping, of buffer: SharedBuffer) {
        let key = key(of: buffer, mapping.generation)
        kept.withLock { entries in
            guard var entry = entries[key] else { return }
            entry.users -= 1
            entries[key] = entry.users > 0 ? entry : nil
        }
    }

    private func key(of buffer: SharedBuffer, _ generation: UInt64) -> Key {
        // Writable wherever it may be, so that no change of direction needs another mapping.
        let access: MappingAccess = buffer.access == .readWrite ? .readWrite : .read
        return Key(identity: buffer.identity, size: buffer.size, access: access, generation: generation)
    }
}
