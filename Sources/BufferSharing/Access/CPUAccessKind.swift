/// What this process's CPU is going to do with the bytes of a buffer.
public enum CPUAccessKind: Hashable, Sendable {
    case read
    case write
    case readWrite

    var writes: Bool { self != .read }

    /// Seen from memory, as dma_buf_begin_cpu_access has it: what the CPU reads comes from a device.
    var direction: DataDirection {
        switch self {
        case .read: .fromDevice
        case .write: .toDevice
        case .readWrite: .bidirectional
        }
    }

    /// Readers wait for who writes; writers for all.
    var usage: FenceUsage { writes ? .write : .read }
}

/// What need not be done around an access, by the word of whoever queued the buffer: V4L2's cache hints.
public struct CacheHints: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// V4L2_BUF_FLAG_NO_CACHE_INVALIDATE: nobody reads what the device wrote by the CPU's cache.
    public static let noInvalidate = CacheHints(rawValue: 1)
    /// V4L2_BUF_FLAG_NO_CACHE_CLEAN: the CPU has written nothing that the device is to see.
    public static let noClean = CacheHints(rawValue: 2)
}
