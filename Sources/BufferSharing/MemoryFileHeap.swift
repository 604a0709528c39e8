import LinuxSystem

/// Buffers that are sealed memory files (memfd_create(2)), of whole pages.
///
/// The size is sealed both ways, and the seals themselves: no holder can take a page away. The content
/// isn't sealed, as a device that imports it (and /dev/udmabuf) has to write.
public struct MemoryFileHeap: BufferHeap {
    public let name = "memory-file"

    public init() {}

    public func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let request = try AllocationRequest(size: size, name: name)
        do {
            let file = try MemoryFile.create(name: name, size: request.size)
            let identity = BufferIdentity(file.identity)
            return SharedBuffer(
                name: name, size: request.size, identity: identity, exporterName: self.name, access: .readWrite,
                descriptor: file.intoDescriptor())
        } catch {
            throw .system(error, request.context)
        }
    }
}
