import LinuxSystem

/// A buffer's memory in this process's own addresses.
final class MappedMemory: Sendable {
    let memory: MemoryMapping

    /// Less than one huge page can't be one: asking would be a system call for nothing.
    private static let hugePage = 2 << 20

    init(_ buffer: SharedBuffer, access: MappingAccess) throws(Errno) {
        memory = try MemoryMapping(descriptor: buffer.file.descriptor, length: buffer.size, access: access)
        if buffer.size >= Self.hugePage { memory.adviseHugePages() }
    }
}
