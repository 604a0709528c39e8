import LinuxSystem
import Synchronization

/// One user's hold on a buffer: the counterpart of `struct dma_buf_attachment`.
///
///              map (mmap)            map (kept: no system call, no allocation)
///     attached ──────────▶ mapped ⇄ kept
///         │                  │   unmap │
///         └──────────────────┴─────────┴──▶ detached
///
/// Attach once per user, map around each use. Between unmap and the next map the exporter may move the memory; what
/// becomes of the kept mapping then is the ``policy``'s business, and the next map says whether the memory moved.
///
/// Confined to one thread at a time, as the queue that owns it is: not `Sendable`.
public final class Attachment {
    public let buffer: SharedBuffer
    public let addressSpace: AddressSpace
    public let policy: MappingPolicy

    private let record: AttachmentRecord
    private let owner: MappingOwner?
    /// The mapping between uses; of an attachment that is called back it is in the record instead.
    private var kept: BufferMapping?
    private var detached = false
    private var isPinned = false
    /// The generation of the last map's mapping; nil before the first.
    private var lastGeneration: UInt64?
    /// How many maps have no unmap yet.
    public private(set) var mapCount = 0

    init(
        _ buffer: SharedBuffer, in addressSpace: AddressSpace, policy: MappingPolicy, owner: MappingOwner?,
        moveNotify: (@Sendable () -> Void)?
    ) {
        self.buffer = buffer
        self.addressSpace = addressSpace
        self.policy = policy
        self.owner = owner
        let identity = buffer.identity
        record = AttachmentRecord(addressSpaceName: addressSpace.name, policy: policy) { [addressSpace] in
            if policy == .untilCalledBack { addressSpace.letGo(of: identity, forgetting: true) }
            moveNotify?()
        }
        buffer.storage.attachments.add(record)
    }

    deinit {
        finish()
    }

    /// What a map gives.
    public struct MapResult {
        /// For use until the unmap. The addresses stay those of this buffer for as long as somebody holds the object.
        public let mapping: BufferMapping
        /// Whether the memory has moved since this attachment's last map: what was derived from the old addresses is
        /// out of date. False at the first.
        public let moved: Bool
    }

    /// Begins a use of the memory: the content is there, and stays where it is until ``unmap()``.
    ///
    /// May wait while the memory is being moved or brought back.
    /// - Parameter direction: which way the data will go.
    /// - Throws: `.detached` (EINVAL); `.accessDenied` (EACCES) when the device is to write and the
    ///   buffer came read-only; `.tooManyPins`, `.overBudget` (ENOMEM); `.system` (ENOMEM, EIO).
    public func map(direction: DataDirection) throws(BufferSharingError) -> MapResult {
        if direction.deviceWrites, buffer.access != .readWrite {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: "map of \(buffer.name)")
        }
        if detached {
            throw BufferSharingError(.detached, errno: .invalidArgument, context: "map of \(buffer.name)")
        }
        try buffer.storage.beginUse()
        if let kept = keptMapping, kept.generation == buffer.generation, addressSpace.serves(kept, direction) {
            mapCount += 1
            addressSpace.live.keptMaps.add(1, ordering: .relaxed)
            AttachmentRecord.count(record.maps)
            AttachmentRecord.count(record.keptMaps)
            return MapResult(mapping: kept, moved: noteGeneration(kept.generation))
        }
        do {
            return try mapAnew(direction)
        } catch {
            buffer.storage.endUse()
            throw error
        }
    }

    /// Ends a use. One without a map does nothing, and is counted.
    public func unmap() {
        guard mapCount > 0 else {
            addressSpace.live.excessUnmaps.add(1, ordering: .relaxed)
            return
        }
        mapCount -= 1
        addressSpace.live.unmaps.add(1, ordering: .relaxed)
        buffer.storage.endUse()
        guard mapCount == 0 else { return }
        switch policy {
        case .perUse: giveBack(keepingIdle: false)
        case .untilTold:
            if buffer.storage.exporter?.wantsToMove(buffer.identity) == true { giveBack(keepingIdle: false) }
        case .untilCalledBack, .askAtMap, .forever: break
        }
    }

    /// Ends the hold on the buffer. The mapping goes back to the address space, which may keep it for the next who
    /// attaches. A second time does nothing.
    ///
    /// Uses that weren't ended stay in the counters as what they are, out of balance; the memory is free to move.
    public func detach() {
        finish()
    }

    // MARK: Pinning

    /// Keeps the memory where it is until ``unpin()`` or ``detach()``, whether mapped or not (dma_buf_pin).
    /// - Throws: `.tooManyPins` (ENOMEM); as ``map(direction:)``.
    public func pin() throws(BufferSharingError) {
        if isPinned { return }
        try buffer.storage.pin()
        isPinned = true
    }

    /// Ends a pin; one that isn't there does nothing.
    public func unpin() {
        if !isPinned { return }
        isPinned = false
        buffer.storage.unpin()
    }

    // MARK: Mapping

    private var keptMapping: BufferMapping? {
        @inline(__always) get {
            policy == .untilCalledBack ? record.callable.withLock { $0 } : kept
        }
    }

    private func mapAnew(_ direction: DataDirection) throws(BufferSharingError) -> MapResult {
        let wasPinned = isPinned
        if policy.pins { try pin() }
        let (mapping, isNew): (BufferMapping, Bool)
        do throws(BufferSharingError) {
            (mapping, isNew) = try addressSpace.acquire(buffer, direction)
        } catch {
            if !wasPinned { unpin() }
            throw error
        }
        giveBack(keepingIdle: false)
        if policy == .untilCalledBack {
            record.callable.withLock { $0 = mapping }
        } else {
            kept = mapping
        }
        mapCount += 1
        let counters = addressSpace.live
        AttachmentRecord.count(record.maps)
        if isNew {
            counters.realMaps.add(1, ordering: .relaxed)
            AttachmentRecord.count(record.realMaps)
        } else {
            counters.sharedMaps.add(1, ordering: .relaxed)
        }
        let moved = noteGeneration(mapping.generation)
        if moved { counters.moves.add(1, ordering: .relaxed) }
        return MapResult(mapping: mapping, moved: moved)
    }

    @inline(__always)
    private func noteGeneration(_ generation: UInt64) -> Bool {
        let moved = lastGeneration.map { $0 != generation } ?? false
        lastGeneration = generation
        return moved
    }

    /// Gives the kept mapping back to the address space.
    private func giveBack(keepingIdle: Bool) {
        guard let mapping = policy == .untilCalledBack ? record.takeCallable() : kept else { return }
        kept = nil
        addressSpace.release(mapping, of: buffer, keepingIdleFor: keepingIdle ? owner : nil)
    }

    private func finish() {
        if detached { return }
        detached = true
        for _ in 0..<mapCount { buffer.storage.endUse() }
        giveBack(keepingIdle: policy != .perUse)
        unpin()
        buffer.storage.attachments.remove(record)
        addressSpace.live.detaches.add(1, ordering: .relaxed)
    }
}

extension BufferStorage {
    func pin() throws(BufferSharingError) {
        try beginUse()
        let held = pins.add(1, ordering: .relaxed).newValue
        // The first pin counts for the memory; those after it cost nothing more.
        guard held == 1, let exporter, let account = exporter.pinAccount, !account.add(size) else { return }
        pins.subtract(1, ordering: .relaxed)
        endUse()
        throw BufferSharingError(
            .tooManyPins, errno: .noMemory,
            context: "pin of \(name) (\(size) bytes): \(exporter.name) lets \(account.limit) bytes be pinned")
    }

    func unpin() {
        let left = pins.subtract(1, ordering: .relaxed).newValue
        if left == 0 { exporter?.pinAccount?.subtract(size) }
        endUse()
    }
}
