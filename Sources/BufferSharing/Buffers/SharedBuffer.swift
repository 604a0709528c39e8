public import LinuxSystem
import Synchronization

/// Memory that several devices, processes and programs use at once, each through a file descriptor:
/// the counterpart of the kernel's `struct dma_buf`, and of one file of it.
///
/// An exporter makes it (see ``BufferHeap``) or it comes from elsewhere (see
/// ``importing(_:name:reaper:)``). Who wants to use it says so once, with ``AddressSpace/attach(_:policy:owner:moveNotify:)``,
/// and maps the attachment around each use:
///
///     exporter           importer
///     allocate ────────▶ attach        who will use it
///                        map ⇄ unmap   an address, while a use lasts
///     release ◀───────── detach
///
/// Between unmap and the next map an exporter that can move the memory may do so. The memory lives until the last
/// descriptor and the last mapping of it are gone, in any process.
public final class SharedBuffer: Sendable {
    /// The most bytes of a name (DMA_BUF_NAME_LEN without its final zero).
    public static let nameLimit = 31

    /// Who made the memory; "import" for a memory file that came from elsewhere.
    public let exporterName: String
    /// What the descriptor lets us do, which a mapping can't exceed.
    public let access: FileAccess

    let storage: BufferStorage
    let file: BufferFile
    let hold: BufferHold

    init(_ hold: BufferHold, file: BufferFile, exporterName: String, access: FileAccess) {
        self.hold = hold
        storage = hold.storage
        self.file = file
        self.exporterName = exporterName
        self.access = access
    }

    /// Exports memory that the caller has made: for exporters of one's own.
    /// - Parameters:
    ///   - descriptor: a file that can be mapped, opened for reading and writing, that can't shrink. Owned by the
    ///     buffer from here on.
    ///   - size: in bytes, as much as the file has.
    ///   - kind: what the file is to the kernel.
    ///   - exporter: is held as long as the buffer is.
    ///   - place: where the content is to begin with.
    /// - Throws: `.invalidName` (EINVAL); `.invalidSize` (EINVAL); `.system` for a descriptor that can't be looked at.
    public convenience init(
        exporting descriptor: consuming OwnedDescriptor, size: Int, kind: MemoryKind = .memoryFile, name: String,
        by exporter: any Exporter, place: BufferPlace = .resident
    ) throws(BufferSharingError) {
        try Self.check(name: name)
        guard size > 0 else {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: "export of \(name)")
        }
        let identity: BufferIdentity
        do {
            identity = BufferIdentity(try descriptor.status().identity)
        } catch {
            throw .system(error, "export of \(name)")
        }
        self.init(
            exporting: BufferFile(descriptor), identity: identity, size: size, kind: kind, name: name, by: exporter,
            place: place)
    }

    /// As above, for an exporter that keeps the file too.
    convenience init(
        exporting file: BufferFile, identity: BufferIdentity, size: Int, kind: MemoryKind = .memoryFile, name: String,
        by exporter: any Exporter, place: BufferPlace
    ) {
        let storage = BufferStorage(
            identity: identity, size: size, kind: kind, name: name, exporter: exporter, place: place,
            isHandedOut: false)
        let hold = BufferHold(storage, file: file)
        BufferRegistry.shared.add(hold)
        self.init(hold, file: file, exporterName: exporter.name, access: .readWrite)
    }

    static func check(name: String) throws(BufferSharingError) {
        guard name.utf8.count <= nameLimit, !name.utf8.contains(0) else {
            throw BufferSharingError(.invalidName, errno: .invalidArgument, context: "name of a buffer")
        }
    }

    /// In bytes. It can't get smaller while this buffer exists.
    public var size: Int { storage.size }
    public var identity: BufferIdentity { storage.identity }
    /// What it is to the kernel.
    public var kind: MemoryKind { storage.kind }
    /// A label for people; needn't be unique.
    public var name: String { storage.name }

    /// Gives the buffer another label (DMA_BUF_SET_NAME).
    /// - Parameter name: at most 31 bytes.
    /// - Throws: `.invalidName` (EINVAL).
    public func rename(_ name: String) throws(BufferSharingError) {
        try Self.check(name: name)
        storage.name = name
    }

    /// The fences on the buffer, and the lock that orders those who use several buffers at once (struct dma_resv). The
    /// same for all who hold this memory in this process.
    public var reservation: Reservation { storage.reservation }

    /// How often the memory has moved. A mapping that was made at another count is out of date.
    public var generation: UInt64 { storage.generation }
    /// Where the content is now.
    public var place: BufferPlace { storage.state.place }
    /// Uses of the memory that are under way now, pins among them.
    public var useCount: Int { storage.state.uses }
    /// Pins that are held now.
    public var pinCount: Int { storage.pins.load(ordering: .relaxed) }
    /// Whether the exporter may move the memory while nobody uses it.
    public var canMove: Bool { storage.exporter?.canMove ?? false }

    /// Whether somebody is owed the content. What is owed to nobody may be thrown away while it isn't in use.
    /// - Parameter isOwed: true once it is filled, said before the use ends; or once a program may have written to it.
    ///   False when it goes to a device to be filled.
    public func setContentOwed(_ isOwed: Bool) {
        storage.owesContent.store(isOwed, ordering: .releasing)
    }

    public var isContentOwed: Bool { storage.owesContent.load(ordering: .acquiring) }

    /// Whether a descriptor's number is of this buffer now. No allocation, one system call if the number
    /// is a duplicate of this buffer's own descriptor (F_DUPFD_QUERY, Linux 6.10), else one or two.
    /// - Throws: EBADF when the number names nothing.
    package func isSame(as raw: Int32) throws(Errno) -> Bool {
        if let same = try? file.descriptor.isSameOpenFile(as: raw), same { return true }
        // Another open file can be of the same memory; and an old kernel can't tell.
        return try FileStatus(vetting: raw).identity == identity.file
    }
}
