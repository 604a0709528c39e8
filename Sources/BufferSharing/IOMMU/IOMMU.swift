import LinuxSystem

/// One protection domain of an IOMMU, as a model: the addresses that some devices see, and what is behind them.
///
/// A processor doesn't let a program touch memory by its physical address; an MMU translates the program's addresses,
/// page by page, and stops what isn't allowed. An IOMMU does the same for devices, which read and write memory by
/// themselves (direct memory access, DMA). A driver *maps* a buffer, and gives the device the addresses that it got;
/// when the device is done, the driver *unmaps* it:
///
///     driver                     IOMMU                             device
///     map(buffer) ─────────▶  0x7f_fe80_0000 … ───(told)─────▶  "write your frame to 0x7f_fe80_0000"
///                             ┌───────────────┐
///                             │ page tables   │ ◀── write(at:) ──  each page is looked up:
///                             └───┬───────────┘                    not mapped, not allowed: a fault
///                                 ▼
///                             the buffer's pages, wherever they are
///     unmap ───────────────▶  forgotten            write(at:) ──▶  fault: recorded, and nothing is written
///
/// Three things come of it. A buffer whose pages are scattered is in one piece for the device. A device that can count
/// to 4 GiB reaches memory anywhere. And a device that goes wrong reaches nothing but what is mapped for it.
///
/// The tables are ``IOPageTable``s. What is looked up is kept in a cache (IOTLB), which is invalidated with each unmap:
/// in the kernel's terms this is the strict mode, in which no old address works once unmap has returned. Addresses come
/// from an ``IOVAAllocator``.
///
/// Device models that share an IOMMU share its addresses (an IOMMU group); give each its own to keep them apart. It
/// can be used from all threads; a transfer holds its lock for a page at a time.
public final class IOMMU: Sendable {
    /// How the devices' addresses come about.
    public enum Translation: Hashable, Sendable {
        /// Through page tables, to 48 bits.
        case pageTables
        /// Not at all: the device sees physical addresses (see ``IOBacking/physicalPages(from:)``), as on a machine
        /// without an IOMMU. Scattered memory stays in pieces. Such a machine couldn't stop an access; this model
        /// does, so that faults show all the same.
        case identity
    }

    /// A label for people.
    public let name: String
    public let translation: Translation
    private let domain: Locked<IODomain>

    /// - Parameters:
    ///   - quarantine: how long addresses aren't used again; without meaning for `.identity`.
    ///   - faultCapacity: how many of the last faults are kept; at least 1.
    public convenience init(
        name: String = "iommu", translation: Translation = .pageTables,
        quarantine: IOVAAllocator.QuarantineLimit = .standard, faultCapacity: Int = 64
    ) {
        self.init(
            name: name, translation: translation, quarantine: quarantine, faultCapacity: faultCapacity,
            mappingLimit: IOHandle.limit)
    }

    /// - Parameter mappingLimit: how many mappings there can be at one time.
    package init(
        name: String, translation: Translation, quarantine: IOVAAllocator.QuarantineLimit, faultCapacity: Int,
        mappingLimit: UInt32
    ) {
        self.name = name
        self.translation = translation
        let addressing: any IOAddressing =
            switch translation {
            case .pageTables: TranslatedAddressing(quarantine: quarantine)
            case .identity: IdentityAddressing()
            }
        domain = Locked(IODomain(addressing, faultCapacity: faultCapacity, handleLimit: mappingLimit))
    }

    /// Gives a buffer addresses that devices can use.
    ///
    /// It is what `dma_map_sgtable` is to a driver, and costs far less than to map the memory in a process.
    /// - Parameters:
    ///   - length: in bytes, from the backing's beginning.
    ///   - access: what devices may do; not empty.
    ///   - constraints: those of the device that is going to use it.
    /// - Returns: the mapping, which lasts until it is unmapped or nobody holds it. It holds the backing until then.
    /// - Throws: `.invalidSize` (EINVAL) for a length of 0 or less, or more than the backing has;
    ///   `.accessDenied` (EACCES) for `.write` to a backing that can't be written;
    ///   `.system`: EINVAL for an empty access or constraints that aren't valid; ENOMEM when no addresses are left in
    ///   the device's reach; EIO when, without page tables, the memory itself is out of its reach; EFAULT when it is in
    ///   more segments than the device takes, as videobuf2-dma-contig says of memory that isn't in one piece.
    public func map(
        _ backing: any IOBacking, length: Int, access: IOAccess, constraints: DMAConstraints
    ) throws(BufferSharingError) -> IOMapping {
        let context = "DMA map of \(length) bytes in \(name)"
        guard length > 0, length <= backing.byteCount else {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: context)
        }
        guard !access.isEmpty, access.isSubset(of: .readWrite), constraints.isValid else {
            throw .system(.invalidArgument, context)
        }
        if access.contains(.write), !backing.isWritable {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: context)
        }
        let request = IOPlacement(backing: backing, length: length, access: access, constraints: constraints)
        do {
            let (handle, segments) = try domain.withLock { domain throws(Errno) in try domain.map(request) }
            return IOMapping(self, handle: handle, segments: segments, length: length, access: access)
        } catch {
            throw .system(error, context)
        }
    }

    /// Ends the devices' access. When this returns, no transfer touches the memory any more, and none will.
    /// - Returns: false for a mapping that is unmapped already, or another IOMMU's. Then nothing was done.
    @discardableResult
    public func unmap(_ mapping: IOMapping) -> Bool {
        guard mapping.iommu === self else { return false }
        // The backing may be gone with its last holder: not while everybody waits for the lock.
        return domain.withLock { $0.unmap(mapping.handle) }.done
    }

    /// Ends the devices' access because the buffer moves. As ``unmap(_:)``, except that the mapping's user is still to
    /// unmap it, and that until then each access says so: ``IOFault/Reason/revoked``. The backing is released.
    /// - Returns: false for a mapping that isn't mapped, or another IOMMU's. Then nothing was done.
    @discardableResult
    public func revoke(_ mapping: IOMapping) -> Bool {
        guard mapping.iommu === self else { return false }
        return domain.withLock { $0.revoke(mapping.handle) }.done
    }

    /// The last faults, the oldest first; no more than the IOMMU was made to keep.
    public var faults: [IOFault] { domain.withLock { $0.log.recent } }

    /// How many faults there were in all.
    public var faultCount: UInt64 { domain.withLock { $0.log.total } }

    public var statistics: IOMMUStatistics { domain.withLock { $0.statistics } }

    func state(of handle: IOHandle) -> IOMapping.State {
        domain.withLock { $0.state(of: handle) }
    }

    func forget(_ handle: IOHandle) {
        _ = domain.withLock { $0.forget(handle) }
    }

    /// Does a transfer page by page, each under the lock, so that the memory can't be unmapped in the middle of one.
    func transfer(
        at address: UInt64, count: Int, _ access: IOAccess, by device: DMADevice,
        _ move: (_ target: IODomain.Target, _ done: Int) -> Void
    ) throws(IOFault) {
        var done = 0
        while done < count {
            done += try domain.withLock { domain throws(IOFault) in
                // No overflow: an address near the end of all numbers is a fault before there is a next one.
                let target = try domain.resolve(address + UInt64(done), count: count - done, access, by: device)
                move(target, done)
                return target.range.count
            }
        }
    }
}
