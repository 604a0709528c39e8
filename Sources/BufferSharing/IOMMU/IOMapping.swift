/// A buffer's addresses in an ``IOMMU``.
///
///            map            revoke (the buffer moves)
///     ──────────▶ mapped ─────────────▶ revoked
///                   │ unmap                │ unmap
///                   └──────▶ unmapped ◀────┘
///                               │ the object is gone
///                               ▼
///                     its addresses wait in quarantine
///
/// Only while it is mapped does a device reach memory through it. The addresses stay this object's until nobody holds
/// it any more, whatever its state: so whoever still has them can't reach anything else by them. An object that goes
/// away is unmapped.
public final class IOMapping: Sendable {
    /// What a device can do through it now.
    public enum State: Hashable, Sendable {
        /// It reaches the buffer.
        case mapped
        /// Every access faults with ``IOFault/Reason/revoked``.
        case revoked
        /// Every access faults with ``IOFault/Reason/unmapped``.
        case unmapped
    }

    public let iommu: IOMMU
    /// In the order of the buffer's bytes; at least one. All lengths together are ``length``.
    public let segments: [DMASegment]
    /// In bytes. What the last page has beyond it can be accessed as well: an IOMMU knows whole pages only.
    public let length: Int
    /// What the device may do.
    public let access: IOAccess

    let handle: IOHandle

    init(_ iommu: IOMMU, handle: IOHandle, segments: [DMASegment], length: Int, access: IOAccess) {
        self.iommu = iommu
        self.handle = handle
        self.segments = segments
        self.length = length
        self.access = access
    }

    deinit {
        iommu.forget(handle)
    }

    public var state: State { iommu.state(of: handle) }
}
