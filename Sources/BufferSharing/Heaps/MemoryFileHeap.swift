import LinuxSystem

/// Buffers that are sealed memory files (memfd_create(2)), of whole pages.
///
/// The size is sealed both ways, and the seals themselves: no holder can take a page away. The content
/// isn't sealed, as a device that imports it (and /dev/udmabuf) has to write.
public final class MemoryFileHeap: BufferHeap, Exporter {
    public let name: String
    /// The pages that are asked for.
    public let pages: PageKind
    /// Why buffers have smaller pages than were asked for, for people; nil if they have what was asked.
    public let shortfall: String?

    public init(pages: PageKind = .standard) {
        self.pages = pages
        switch pages {
        case .standard: (name, shortfall) = ("memory-file", nil)
        case .transparentHuge: (name, shortfall) = ("memory-file-thp", PageKind.shortfall())
        case .huge: (name, shortfall) = ("memory-file-huge", nil)
        }
    }

    /// - Throws: of huge pages `.system` (ENOMEM), with what to do about it, when the pool has not enough.
    public func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let file = try Self.makeFile(size: size, name: name, pages: pages)
        return SharedBuffer(
            exporting: file.file, identity: file.identity, size: file.size, name: name, by: self, place: .resident)
    }

    /// The descriptor of memory in huge pages stays here.
    public var allowsExport: Bool { pages != .huge }

    /// A sealed memory file of whole pages.
    static func makeFile(
        size: Int, name: String, pages: PageKind = .standard
    ) throws(BufferSharingError) -> (file: BufferFile, identity: BufferIdentity, size: Int) {
        let request = try AllocationRequest(
            size: size, name: name, unit: pages == .huge ? PageKind.hugeSize : Memory.pageSize)
        do throws(Errno) {
            let file = try MemoryFile.create(name: name, size: request.size, isHuge: pages == .huge)
            let identity = BufferIdentity(file.identity)
            // Of the pool all is taken now: later there would be no error but a SIGBUS.
            if pages == .huge { try file.descriptor.reserveSpace(0..<request.size) }
            return (BufferFile(file.intoDescriptor()), identity, request.size)
        } catch {
            guard pages == .huge, error == .noMemory || error == .noSpace else {
                throw .system(error, request.context)
            }
            throw BufferSharingError(
                .system, errno: .noMemory,
                context: "\(request.context) in huge pages, of which the system's pool has not enough: "
                    + "an administrator can add some in /proc/sys/vm/nr_hugepages")
        }
    }
}
