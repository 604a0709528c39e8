/// What a device may do with memory, or does: IOMMU_READ and IOMMU_WRITE. Seen from the device.
public struct IOAccess: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The device reads memory, as a display does.
    public static let read = IOAccess(rawValue: 1)
    /// The device writes memory, as a camera does.
    public static let write = IOAccess(rawValue: 2)
    public static let readWrite: IOAccess = [.read, .write]

    /// What a transfer in this direction needs, and no more (`dma_info_to_prot`).
    public init(_ direction: DataDirection) {
        switch direction {
        case .toDevice: self = .read
        case .fromDevice: self = .write
        case .bidirectional: self = .readWrite
        }
    }

    public var description: String {
        switch self {
        case .read: "read"
        case .write: "write"
        case .readWrite: "read and write"
        default: "none"
        }
    }
}
