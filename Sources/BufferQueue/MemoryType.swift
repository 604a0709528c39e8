/// Where the memory of a queue's planes comes from.
///
/// The raw values are V4L2's (`enum v4l2_memory`); the overlay type, 3, was never one of vb2's.
public enum MemoryType: UInt32, Sendable, CaseIterable {
    /// The queue allocates; the program maps (V4L2_MEMORY_MMAP).
    case mmap = 1
    /// The program names addresses of its own (V4L2_MEMORY_USERPTR).
    case userPointer = 2
    /// The program hands in buffers that another device exported (V4L2_MEMORY_DMABUF).
    case dmabuf = 4
}

/// A set of memory types: what a device offers on its queue.
public struct MemoryTypes: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let mmap = MemoryTypes(rawValue: 1)
    public static let userPointer = MemoryTypes(rawValue: 2)
    public static let dmabuf = MemoryTypes(rawValue: 4)
    public static let all: MemoryTypes = [.mmap, .userPointer, .dmabuf]

    /// Whether the device offers `type`.
    public func allows(_ type: MemoryType) -> Bool {
        switch type {
        case .mmap: contains(.mmap)
        case .userPointer: contains(.userPointer)
        case .dmabuf: contains(.dmabuf)
        }
    }
}

/// Which way the payload travels.
public enum QueueDirection: Sendable {
    /// The device fills buffers, the program reads them.
    case capture
    /// The program fills buffers, the device reads them.
    case output
}
