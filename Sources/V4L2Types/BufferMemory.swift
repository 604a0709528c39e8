public import SystemPackage

/// Where the memory of a buffer comes from: `enum v4l2_memory` without the overlay.
public enum BufferMemory: UInt32, Sendable, Hashable, CaseIterable {
    /// `V4L2_MEMORY_MMAP`: the device allocates, the program maps.
    case mmap = 1
    /// `V4L2_MEMORY_USERPTR`: the program's own memory.
    case userPointer = 2
    /// `V4L2_MEMORY_DMABUF`: a file descriptor of a shared buffer.
    case dmaBuf = 4

    /// - Throws: EINVAL for a memory type that isn't one of these.
    public init(validating rawType: UInt32) throws(Errno) {
        guard let type = BufferMemory(rawValue: rawType) else { throw .invalidArgument }
        self = type
    }
}
