public import LinuxSystem

extension SharedBuffer {
    /// Takes a buffer from a descriptor that comes from somebody else.
    ///
    /// The descriptor may be anything, and its owner may mean harm. So the first call is F_GET_SEALS,
    /// which only memory files know and which never waits; then statx without synchronising; and only
    /// then others. Memory that isn't sealed against shrinking is sealed now, or refused, because an
    /// access beyond its end would kill this process.
    /// - Parameters:
    ///   - descriptor: a refused one is closed by the reaper, since the close of a file of a FUSE mount
    ///     may wait for ever.
    ///   - name: at most 31 bytes.
    /// - Throws: `.notABuffer` (EINVAL): not a memory file, or one of hugetlbfs; `.notSealable` (EINVAL); `.invalidSize`
    ///   (EINVAL): an empty one; `.invalidName` (EINVAL).
    public static func importing(
        _ descriptor: consuming OwnedDescriptor, name: String = "", reaper: DescriptorReaper = .shared
    ) throws(BufferSharingError) -> SharedBuffer {
        let vetted: (status: FileStatus, access: FileAccess)
        do {
            vetted = try vet(descriptor, name: name)
        } catch {
            reaper.close(descriptor)
            throw error
        }
        let identity = BufferIdentity(vetted.status.identity)
        let size = Int(vetted.status.size)
        // What this process exported comes back as the same memory, which its exporter may move.
        let file = BufferFile(descriptor)
        let hold = BufferRegistry.shared.hold(of: identity, file: file) {
            BufferStorage(
                identity: identity, size: size, name: name, exporter: nil, place: .resident, isHandedOut: true)
        }
        return SharedBuffer(hold, file: file, exporterName: "import", access: vetted.access)
    }

    /// The same memory, for writing too, if this is of a read-only descriptor: whoever exports a buffer read-only
    /// means the program's own mappings, and devices may fill it nevertheless (dma_buf_attach knows no access).
    /// - Returns: nil when it isn't read-only, or the memory is sealed against it.
    package func reopenedForWriting() -> SharedBuffer? {
        guard access == .readOnly, let file = try? file.descriptor.reopen(readOnly: false) else { return nil }
        return try? Self.importing(file, name: name)
    }

    private static func vet(
        _ descriptor: borrowing OwnedDescriptor, name: String
    ) throws(BufferSharingError) -> (status: FileStatus, access: FileAccess) {
        let context = "import of a descriptor"
        let seals: Seals
        do {
            seals = try descriptor.seals()
        } catch {
            throw BufferSharingError(.notABuffer, errno: .invalidArgument, context: context)
        }
        guard name.utf8.count <= nameLimit else {
            throw BufferSharingError(.invalidName, errno: .invalidArgument, context: context)
        }
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
        if status.size == 0 || status.size > UInt64(Int.max) {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: context)
        }
        if access == .writeOnly {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: context)
        }
        return (status, access)
    }
}
