/// An access of a device that the IOMMU refused: what `report_iommu_fault` tells in the kernel.
public struct IOFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why it was refused.
    public enum Reason: Hashable, Sendable {
        /// Nothing is mapped there; or the mapping is gone.
        case unmapped
        /// Something is mapped, and the device may not do this with it.
        case permission
        /// What was mapped there has moved away, and the device was not told or didn't listen.
        case revoked
        /// The address has more bits than the device has, or the IOMMU translates.
        case beyondMask
    }

    /// Counts the faults of one IOMMU, from 1. A gap in a log is faults that were dropped from it.
    public var sequence: UInt64
    /// The name of the device.
    public var device: String
    /// The device's address of the first byte that could not be had. What comes before it was transferred.
    public var address: UInt64
    /// `.read` or `.write`.
    public var access: IOAccess
    public var reason: Reason

    public init(sequence: UInt64, device: String, address: UInt64, access: IOAccess, reason: Reason) {
        self.sequence = sequence
        self.device = device
        self.address = address
        self.access = access
        self.reason = reason
    }

    public var description: String {
        "\(device): fault \(sequence): \(access) at 0x\(String(address, radix: 16)): \(reason)"
    }
}

/// The last faults. A device that runs wild faults without end, so there is room for so many only.
struct FaultLog: Sendable {
    private let capacity: Int
    private var ring: [IOFault] = []
    /// All faults that there ever were.
    private(set) var total: UInt64 = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Those that are still here, the oldest first.
    var recent: [IOFault] {
        let oldest = ring.count < capacity ? 0 : Int(total % UInt64(capacity))
        return Array(ring[oldest...] + ring[..<oldest])
    }

    /// Numbers a fault, and keeps it in the place of the oldest.
    mutating func record(device: String, address: UInt64, access: IOAccess, reason: IOFault.Reason) -> IOFault {
        let fault = IOFault(
            sequence: total + 1, device: device, address: address, access: access, reason: reason)
        if ring.count < capacity {
            ring.append(fault)
        } else {
            ring[Int(total % UInt64(capacity))] = fault
        }
        total += 1
        return fault
    }
}
