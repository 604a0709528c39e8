public import LinuxSystem
import Synchronization

/// Memory that several devices, processes and programs use at once, each through a file descriptor:
/// the counterpart of the kernel's `struct dma_buf`.
///
/// An exporter makes it (see ``BufferHeap``) or it comes from elsewhere (see
/// ``importing(_:name:reaper:)``). Who wants to use it says so once, with ``AddressSpace/attach(_:)``,
/// and maps the attachment around each use:
///
///     exporter           importer
///     allocate ────────▶ attach        who will use it
///                        map ⇄ unmap   an address, while a use lasts
///     release ◀───────── detach
///
/// The memory lives until the last descriptor and the last mapping of it are gone, in any process.
public final class SharedBuffer: Sendable {
    /// The most bytes of a name (DMA_BUF_NAME_LEN without its final zero).
    public static let nameLimit = 31

    /// A label for people; needn't be unique.
    public let name: String
    /// In bytes. It can't get smaller while this buffer exists.
    public let size: Int
    public let identity: BufferIdentity
    /// Who made the memory; "import" for a memory file that came from elsewhere.
    public let exporterName: String

    let descriptor: OwnedDescriptor
    /// What the descriptor lets us do, which a mapping can't exceed.
    public let access: FileAccess
    /// What it is to the kernel.
    public let kind: MemoryKind
    private let moves = Atomic<UInt64>(0)

    init(
        name: String, size: Int, identity: BufferIdentity, exporterName: String, access: FileAccess,
        kind: MemoryKind = .memoryFile, descriptor: consuming OwnedDescriptor
    ) {
        self.name = name
        self.size = size
        self.identity = identity
        self.exporterName = exporterName
        self.access = access
        self.kind = kind
        self.descriptor = descriptor
    }

    /// How often the memory has moved. A mapping that was made at another count is out of date.
    public var generation: UInt64 { moves.load(ordering: .acquiring) }

    /// Tells every attachment, at its next map, that the memory is somewhere else now.
    package func markMoved() {
        moves.add(1, ordering: .acquiringAndReleasing)
    }

    /// What a holder of an exported descriptor may do.
    public enum ExportAccess: Hashable, Sendable {
        /// Mapped or opened for writing it gives EACCES.
        case readOnly
        case readWrite
    }

    /// A descriptor of the buffer to give away (close-on-exec); the caller owns it.
    ///
    /// A read-only one is an open file of its own. It isn't a fence against another process of the same
    /// user, which can reopen it through /proc: for that the memory itself has to be sealed.
    /// - Throws: `.accessDenied` (EACCES) for more than the buffer itself was given; `.system` (EMFILE), and
    ///   (EOPNOTSUPP) for a read-only one of a writable dma-buf: the kernel gives none but when it makes the buffer.
    public func exportDescriptor(access: ExportAccess) throws(BufferSharingError) -> OwnedDescriptor {
        if access == .readWrite, self.access != .readWrite {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: "export of \(name)")
        }
        if access == .readOnly, self.access != .readOnly, kind == .dmaBuf {
            throw .system(.notSupported, "read-only export of the dma-buf \(name)")
        }
        do {
            // One that is read-only already needs no other open file.
            if access == .readWrite || self.access == .readOnly { return try descriptor.duplicate() }
            return try descriptor.reopen(readOnly: true)
        } catch {
            throw .system(error, "export of \(name)")
        }
    }

    /// Whether a descriptor's number is of this buffer now. No allocation, one system call if the number
    /// is a duplicate of this buffer's own descriptor (F_DUPFD_QUERY, Linux 6.10), else one or two.
    /// - Throws: EBADF when the number names nothing.
    package func isSame(as raw: Int32) throws(Errno) -> Bool {
        if let same = try? descriptor.isSameOpenFile(as: raw), same { return true }
        // Another open file can be of the same memory; and an old kernel can't tell.
        return try FileStatus(vetting: raw).identity == identity.file
    }
}
