import LinuxSystem
import Synchronization

/// One user's hold on a buffer: the counterpart of `struct dma_buf_attachment`.
///
///              map (mmap)            map (kept: no system call, no allocation)
///     attached ──────────▶ mapped ⇄ kept
///         │                  │   unmap │
///         └──────────────────┴─────────┴──▶ detached
///
/// An importer maps before each use and unmaps after it. The mapping itself is kept in between, until
/// ``detach()``, or until the buffer has moved, which the next map says.
///
/// Confined to one thread at a time, as the queue that owns it is: not `Sendable`.
public final class Attachment {
    public let buffer: SharedBuffer
    public let addressSpace: AddressSpace

    private var kept: BufferMapping?
    private var detached = false
    /// How many maps have no unmap yet.
    public private(set) var mapCount = 0

    init(_ buffer: SharedBuffer, in addressSpace: AddressSpace) {
        self.buffer = buffer
        self.addressSpace = addressSpace
    }

    deinit {
        finish()
    }

    /// What a map gives.
    public struct MapResult {
        /// Valid at least until the attachment is detached; hold it to keep it longer.
        public let mapping: BufferMapping
        /// Whether the buffer is somewhere else than at this attachment's last map: what was derived
        /// from the old addresses is out of date. False at the first.
        public let moved: Bool
    }

    /// Begins a use of the memory.
    /// - Parameter direction: which way the data will go.
    /// - Throws: `.detached` (EINVAL); `.accessDenied` (EACCES) when the device is to write and the
    ///   buffer came read-only; `.system` (ENOMEM).
    public func map(direction: DataDirection) throws(BufferSharingError) -> MapResult {
        if direction.deviceWrites, buffer.access != .readWrite {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: "map of \(buffer.name)")
        }
        if let kept, kept.generation == buffer.generation {
            mapCount += 1
            addressSpace.live.keptMaps.add(1, ordering: .relaxed)
            return MapResult(mapping: kept, moved: false)
        }
        return try mapAnew()
    }

    /// Ends a use. The mapping is kept. One without a map does nothing, and is counted.
    public func unmap() {
        guard mapCount > 0 else {
            addressSpace.live.excessUnmaps.add(1, ordering: .relaxed)
            return
        }
        mapCount -= 1
        addressSpace.live.unmaps.add(1, ordering: .relaxed)
    }

    /// Ends the hold on the buffer, and gives the kept mapping back. A second time does nothing.
    ///
    /// Uses that weren't ended stay in the counters as what they are: out of balance.
    public func detach() {
        finish()
    }

    private func mapAnew() throws(BufferSharingError) -> MapResult {
        if detached {
            throw BufferSharingError(.detached, errno: .invalidArgument, context: "map of \(buffer.name)")
        }
        let (mapping, isNew) = try addressSpace.acquire(buffer)
        let moved = kept != nil
        if let old = kept { addressSpace.release(old, of: buffer) }
        kept = mapping
        mapCount += 1
        let counters = addressSpace.live
        if isNew {
            counters.realMaps.add(1, ordering: .relaxed)
        } else {
            counters.sharedMaps.add(1, ordering: .relaxed)
        }
        if moved { counters.moves.add(1, ordering: .relaxed) }
        return MapResult(mapping: mapping, moved: moved)
    }

    private func finish() {
        if detached { return }
        detached = true
        if let kept { addressSpace.release(kept, of: buffer) }
        kept = nil
        addressSpace.live.detaches.add(1, ordering: .relaxed)
    }
}
