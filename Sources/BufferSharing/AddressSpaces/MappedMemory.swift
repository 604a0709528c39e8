import LinuxSystem

/// A buffer's memory in this process's own addresses.
final class MappedMemory: Sendable {
    let memory: MemoryMapping

    /// Less than one huge page can't be one: asking would be a system call for nothing.
    private static let hugePage = 2 << 20

    init(_ buffer: SharedBuffer, access: MappingAccess) throws(Errno) {
        memory = try MemoryMapping(descriptor: buffer.file.descriptor, length: buffer.size, access: access)
        if buffer.size >= Self.hugePage { memory.adviseHugePages() }
        if Self.isAllThere(buffer) { try? memory.populateForReading() }
    }

    /// Pages that are there get their entries in one call, which costs a fraction of a fault for each. It fails only
    /// on old kernels, and then the faults come. Pages that aren't there are made when somebody touches them.
    private static func isAllThere(_ buffer: SharedBuffer) -> Bool {
        guard buffer.kind == .memoryFile, let bytes = try? buffer.file.descriptor.allocatedBytes() else { return false }
        return bytes >= buffer.size
    }
}
