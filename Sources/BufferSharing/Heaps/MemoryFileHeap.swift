import LinuxSystem

/// Buffers that are sealed memory files (memfd_create(2)), of whole pages.
///
/// The size is sealed both ways, and the seals themselves: no holder can take a page away. The content
/// isn't sealed, as a device that imports it (and /dev/udmabuf) has to write.
public final class MemoryFileHeap: BufferHeap, Exporter {
    public let name = "memory-file"

    public init() {}

    public func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let file = try Self.makeFile(size: size, name: name)
        return SharedBuffer(
            exporting: file.file, identity: file.identity, size: file.size, name: name, by: self, place: .resident)
    }

    /// A sealed memory file of whole pages.
    static func makeFile(
        size: Int, name: String
    ) throws(BufferSharingError) -> (file: BufferFile, identity: BufferIdentity, size: Int) {
        guard size > 0, let rounded = Memory.roundedToPages(size) else {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: "allocation of \(size) bytes")
        }
        try SharedBuffer.check(name: name)
        do {
            let file = try MemoryFile.create(name: name, size: rounded)
            let identity = BufferIdentity(file.identity)
            return (BufferFile(file.intoDescriptor()), identity, rounded)
        } catch {
            throw .system(error, "allocation of \(rounded) bytes")
        }
    }
}
