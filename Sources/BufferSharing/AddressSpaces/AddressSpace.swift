import LinuxSystem
import Synchronization

/// Where a device sees buffers: the memory of this process, which all software devices share, or what an IOMMU maps.
///
/// It is a property of a device, as `struct device` with its IOMMU is in the kernel. All attachments of an address space
/// share the mappings of a buffer, by the memory's identity and not by a descriptor's number: the exporter backs the
/// memory, the importer maps it, and the cache stands between the two (review thread: Szyprowski, Vetter).
public final class AddressSpace: Sendable {
    /// The memory of this process.
    public static let process = AddressSpace(name: "process")

    /// A label for people.
    public let name: String
    /// Whether a mapping is worth keeping: the default policy of attachments depends on it.
    public let isMappingExpensive: Bool

    /// How devices reach memory; nil: as this process does.
    public let iommu: IOMMU?
    /// What the devices behind the IOMMU ask of their addresses.
    public let constraints: DMAConstraints

    let live = LiveCounters()
    private let cache: Locked<MappingCache>

    /// The memory of this process, with mappings of its own.
    public init(
        name: String = "process", isMappingExpensive: Bool = true, idleLimits: IdleMappingLimits = IdleMappingLimits()
    ) {
        self.name = name
        self.isMappingExpensive = isMappingExpensive
        iommu = nil
        constraints = DMAConstraints()
        cache = Locked(MappingCache(limits: idleLimits))
    }

    /// What devices with these constraints see through an IOMMU.
    ///
    /// Attachments have the device's addresses in ``BufferMapping/segments``; the device reads and writes through the
    /// IOMMU. When a buffer moves, its addresses are revoked: an access is a recorded fault until the next map.
    public init(
        iommu: IOMMU, constraints: DMAConstraints, isMappingExpensive: Bool = true,
        idleLimits: IdleMappingLimits = IdleMappingLimits()
    ) {
        name = iommu.name
        self.isMappingExpensive = isMappingExpensive
        self.iommu = iommu
        self.constraints = constraints
        cache = Locked(MappingCache(limits: idleLimits))
    }

    /// What was done and undone until now.
    public var counters: BalanceCounters { live.snapshot }

    /// How many mappings exist now, idle ones included.
    public var mappingCount: Int { cache.withLock { $0.count } }

    /// How many of them nobody is attached to, and their bytes.
    public var idleMappings: (count: Int, bytes: Int) { cache.withLock { $0.idle } }

    /// Whether there is a mapping of that memory now, used or idle.
    func hasMapping(of identity: BufferIdentity) -> Bool {
        cache.withLock { !$0.mappings(of: identity).isEmpty }
    }

    /// Says that a device of this address space is going to use the buffer. Maps nothing yet.
    ///
    /// Once per user, not once per use: see ``Attachment``.
    /// - Parameters:
    ///   - policy: nil for what goes with this address space and the buffer's exporter.
    ///   - owner: for whom the mapping is kept after a detach; nil: it is not.
    ///   - moveNotify: called on the mover's thread, just before the memory moves, and when nobody uses it.
    /// - Throws: nothing now; an address space that can't reach the buffer will.
    public func attach(
        _ buffer: SharedBuffer, policy: MappingPolicy? = nil, owner: MappingOwner? = nil,
        moveNotify: (@Sendable () -> Void)? = nil
    ) throws(BufferSharingError) -> Attachment {
        live.attaches.add(1, ordering: .relaxed)
        let standard = MappingPolicy.standard(isMappingExpensive: isMappingExpensive, canMove: buffer.canMove)
        return Attachment(buffer, in: self, policy: policy ?? standard, owner: owner, moveNotify: moveNotify)
    }

    /// Ends the mappings that are kept for an owner and that nobody is attached to; all such without one.
    public func dropIdle(of owner: MappingOwner? = nil) {
        ending { cache, ended in cache.dropIdle(of: owner, ended: &ended) }
    }

    // MARK: For attachments

    /// A mapping of the buffer as it is now, and whether it had to be made. The caller uses the buffer, so it can't move
    /// meanwhile. To be given back by ``release(_:of:keepingIdleFor:)``.
    func acquire(
        _ buffer: SharedBuffer, _ direction: DataDirection
    ) throws(BufferSharingError) -> (mapping: BufferMapping, isNew: Bool) {
        let generation = buffer.generation
        let key = key(of: buffer, direction)
        if let known = ending({ cache, ended in cache.take(key, generation: generation, ended: &ended) }) {
            return (known, false)
        }
        // Outside of the lock: others go on, and if one of them is faster, theirs is taken.
        let made = try makeMapping(buffer, key, generation)
        buffer.storage.noteMapping(in: self)
        return ending { cache, ended in
            if let known = cache.take(key, generation: generation, ended: &ended) { return (known, false) }
            cache.insert(key, made)
            return (made, true)
        }
    }

    private func makeMapping(
        _ buffer: SharedBuffer, _ key: MappingCache.Key, _ generation: UInt64
    ) throws(BufferSharingError) -> BufferMapping {
        let memory: MappedMemory
        do {
            memory = try MappedMemory(buffer, access: key.isWritable ? .readWrite : .read)
        } catch {
            throw .system(error, "mapping of \(buffer.name)")
        }
        guard let iommu, let access = key.device else { return BufferMapping(memory, generation: generation) }
        let device = try iommu.map(memory, length: buffer.size, access: access, constraints: constraints)
        return BufferMapping(memory, device: device, generation: generation)
    }

    /// Whether a mapping serves a use of that direction, too.
    @inline(__always)
    func serves(_ mapping: BufferMapping, _ direction: DataDirection) -> Bool {
        guard let device = mapping.device else { return true }
        return device.access.isSuperset(of: IOAccess(direction))
    }

    func release(_ mapping: BufferMapping, of buffer: SharedBuffer, keepingIdleFor owner: MappingOwner?) {
        let key = MappingCache.Key(
            buffer.identity, isWritable: mapping.access == .readWrite, device: mapping.device?.access)
        ending { cache, ended in cache.release(key, mapping, keepingIdleFor: owner, ended: &ended) }
    }

    /// The memory is about to move, and nobody uses it: devices lose their addresses, and this process its page-table
    /// entries.
    func letGo(of identity: BufferIdentity, forgetting: Bool) {
        let mappings = ending { cache, ended in
            let mappings = cache.mappings(of: identity)
            if forgetting { cache.forget(identity, ended: &ended) }
            return mappings
        }
        for mapping in mappings { mapping.letGo() }
    }

    /// Runs `body` on the cache under its lock. The mappings that it gives up end after that: munmap takes its time.
    @discardableResult
    private func ending<Result: Sendable>(
        _ body: (inout MappingCache, inout [BufferMapping]) -> Result
    ) -> Result {
        let (result, ended) = cache.withLock { cache in
            var ended: [BufferMapping] = []
            let result = body(&cache, &ended)
            return (result, ended)
        }
        withExtendedLifetime(ended) {}
        return result
    }

    private func key(of buffer: SharedBuffer, _ direction: DataDirection) -> MappingCache.Key {
        // For the CPU writable wherever it may be, so that no change of direction needs another mapping. A device gets
        // no more than the direction asks for.
        MappingCache.Key(
            buffer.identity, isWritable: buffer.access == .readWrite, device: iommu == nil ? nil : IOAccess(direction))
    }
}
