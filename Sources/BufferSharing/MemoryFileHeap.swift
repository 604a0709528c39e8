import LinuxSystem

/// Buffers that are sealed memory files (memfd_create(2)), of whole pages.
///
/// The size is sealed both ways, and the seals themselves: no holder can take a page away. The content
/// isn't sealed, as a device that imports it (and /dev/udmabuf) has to write.
public struct MemoryFileHeap: BufferHeap {
    public let name = "memory-file"

    public init() {}

    public func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        guard size > 0, let rounded = Memory.roundedToPages(size) else {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: "allocation of \(size) bytes")
        }
        guard name.utf8.count <= SharedBuffer.nameLimit, !name.utf8.contains(0) else {
            throw BufferSharingError(.invalidName, errno: .invalidArgument, context: "allocation")
        }
        do {
            let file = try MemoryFile.create(name: name, size: rounded)
            let identity = BufferIdentity(file.identity)
            return SharedBuffer(
                name: name, size: rounded, identity: identity, exporterName: self.name, access: .readWrite,
                descriptor: file.intoDescriptor())
        } catch {
            throw .system(error, "allocation of \(rounded) bytes")
        }
    }
}
