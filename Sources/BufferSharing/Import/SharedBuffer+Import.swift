public import LinuxSystem

extension SharedBuffer {
    /// Takes a buffer from a descriptor that comes from somebody else: of a memory file, or of one of the kernel's
    /// dma-bufs.
    ///
    /// The descriptor may be anything, and its owner may mean harm. So the first call is F_GET_SEALS,
    /// which only memory files know and which never waits; whether anything else is a dma-buf is read in /proc,
    /// which doesn't ask the file either; then comes statx without synchronising; and only then others.
    /// Memory that isn't sealed against shrinking is sealed now, or refused, because an access beyond its
    /// end would kill this process. A dma-buf can't shrink.
    /// - Parameters:
    ///   - descriptor: a refused one is closed by the reaper, since the close of a file of a FUSE mount
    ///     may wait for ever.
    ///   - name: at most 31 bytes.
    /// - Throws: `.notABuffer` (EINVAL): neither a memory file nor a dma-buf, or a file of hugetlbfs; `.notSealable`
    ///   (EINVAL); `.invalidSize` (EINVAL): an empty one; `.invalidName` (EINVAL).
    public static func importing(
        _ descriptor: consuming OwnedDescriptor, name: String = "", reaper: DescriptorReaper = .shared
    ) throws(BufferSharingError) -> SharedBuffer {
        let vetted: Vetted
        do {
            vetted = try vet(descriptor, name: name)
        } catch {
            reaper.close(descriptor)
            throw error
        }
        let identity = BufferIdentity(vetted.identity)
        let file = BufferFile(descriptor)
        // What this process exported comes back as the same memory, which its exporter may move.
        let hold = BufferRegistry.shared.hold(of: identity, file: file) {
            BufferStorage(
                identity: identity, size: Int(vetted.size), kind: vetted.kind, name: name, exporter: nil,
                place: .resident, isHandedOut: true)
        }
        return SharedBuffer(hold, file: file, exporterName: vetted.exporterName, access: vetted.access)
    }

    /// The same memory, for writing too, if this is of a read-only descriptor: whoever exports a buffer read-only
    /// means the program's own mappings, and devices may fill it nevertheless (dma_buf_attach knows no access).
    /// - Returns: nil when it isn't read-only, or the memory is sealed against it.
    /// - Throws: EMFILE, ENFILE, ENOMEM: so that nobody can say which of them it is.
    package func reopenedForWriting() throws(BufferSharingError) -> SharedBuffer? {
        guard access == .readOnly else { return nil }
        let reopened: OwnedDescriptor
        do throws(Errno) {
            reopened = try file.descriptor.reopen(readOnly: false)
        } catch {
            guard [.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory].contains(error) else { return nil }
            throw .system(error, "import of a read-only descriptor")
        }
        do {
            return try Self.importing(reopened, name: name)
        } catch {
            if error.code == .system { throw error }
            return nil
        }
    }

    private static func vet(
        _ descriptor: borrowing OwnedDescriptor, name: String
    ) throws(BufferSharingError) -> Vetted {
        let context = "import of a descriptor"
        guard name.utf8.count <= nameLimit else {
            throw BufferSharingError(.invalidName, errno: .invalidArgument, context: context)
        }
        let vetted: Vetted
        if let seals = try? descriptor.seals() {
            vetted = try vetMemoryFile(descriptor, seals, context: context)
        } else {
            vetted = try vetDMABuf(descriptor, context: context)
        }
        if vetted.size == 0 || vetted.size > UInt64(Int.max) {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: context)
        }
        if vetted.access == .writeOnly {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: context)
        }
        return vetted
    }

    private static func vetMemoryFile(
        _ descriptor: borrowing OwnedDescriptor, _ seals: Seals, context: String
    ) throws(BufferSharingError) -> Vetted {
        if !seals.contains(.shrink) {
            do {
                try descriptor.addSeals(.shrink)
            } catch {
                throw BufferSharingError(.notSealable, errno: .invalidArgument, context: context)
            }
        }
        let status: FileStatus
        let access: FileAccess
        let isHuge: Bool
        do throws(Errno) {
            // The size counts only from here on: until the seal it could have changed.
            status = try descriptor.vettingStatus()
            access = try descriptor.access()
            isHuge = try descriptor.isHugePageFile()
        } catch {
            throw .system(error, context)
        }
        if isHuge { throw BufferSharingError(.notABuffer, errno: .invalidArgument, context: context) }
        return Vetted(
            kind: .memoryFile, size: status.size, identity: status.identity, access: access, exporterName: "import")
    }
}
