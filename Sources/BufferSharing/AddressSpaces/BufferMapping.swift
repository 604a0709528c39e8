public import LinuxSystem

/// A buffer's memory in the addresses of a device: those of this process, which software devices share, or those that
/// an IOMMU gave it.
///
/// The addresses are this buffer's for as long as somebody holds this object, even if the attachment that it
/// came from is gone. The content is there during a use alone (between map and unmap): memory that moved away
/// in between reads as zeros, never as another buffer's; through an IOMMU each access to it is a recorded fault.
public final class BufferMapping: Sendable {
    /// The count of moves of the buffer when this was made.
    public let generation: UInt64
    /// The device's addresses; nil in an address space that is this process's.
    public let device: IOMapping?
    let memory: MappedMemory

    init(_ memory: MappedMemory, device: IOMapping? = nil, generation: UInt64) {
        self.memory = memory
        self.device = device
        self.generation = generation
    }

    /// The first byte in this process. Valid for as long as this object lives. A device behind an IOMMU doesn't know
    /// it: it has ``segments``.
    @unsafe public var base: UnsafeMutableRawPointer { unsafe memory.memory.base }
    /// In bytes.
    public var count: Int { memory.memory.count }
    /// What this process may do with the bytes.
    public var access: MappingAccess { memory.memory.access }

    /// Where the device finds the bytes, in their order (the counterpart of `struct sg_table`).
    public var segments: [DMASegment] {
        device?.segments ?? [unsafe DMASegment(address: UInt64(UInt(bitPattern: base)), length: count)]
    }

    /// The memory is about to move: no device reaches it by these addresses any more, and the page-table entries are
    /// given up, so that the system can take the pages.
    func letGo() {
        if let device { device.iommu.revoke(device) }
        memory.memory.dropEntries()
    }

    /// The bytes, for the time of the call, as this process's CPU sees them.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try memory.memory.withBytes(body)
    }

    /// The bytes to change, for the time of the call.
    /// - Precondition: ``access`` is `.readWrite`.
    public func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try memory.memory.withMutableBytes(body)
    }
}
