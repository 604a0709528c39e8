public import LinuxSystem

extension SharedBuffer {
    /// The kernel's fences that an access of the given direction has to wait for now, as a sync_file: a descriptor
    /// that is readable when all of them have signalled. The caller owns it.
    /// - Parameter direction: as for ``CPUAccessSync``.
    /// - Throws: `.notABuffer` (ENOTTY) for a memory file, which has no fences; `.system` (EMFILE, ENOMEM; ENOTTY
    ///   before Linux 6.0).
    public func exportSyncFile(_ direction: DataDirection) throws(BufferSharingError) -> OwnedDescriptor {
        let context = "export of a sync_file of \(name)"
        try requireFences(context)
        do {
            return try file.descriptor.exportSyncFile(direction.cpuAccess)
        } catch {
            throw .system(error, context)
        }
    }

    /// Makes the users of the buffer wait for somebody's work: adds the fences of a sync_file to the kernel's.
    /// - Parameters:
    ///   - syncFile: stays the caller's, and isn't needed any more.
    ///   - direction: what the CPU would do that the work does: `.fromDevice` if it only reads.
    /// - Throws: `.notABuffer` (ENOTTY) for a memory file; `.system` (EINVAL): not a sync_file; (ENOMEM; ENOTTY
    ///   before Linux 6.0).
    public func importSyncFile(
        _ syncFile: borrowing OwnedDescriptor, _ direction: DataDirection
    ) throws(BufferSharingError) {
        let context = "import of a sync_file into \(name)"
        try requireFences(context)
        do {
            try file.descriptor.importSyncFile(syncFile, direction.cpuAccess)
        } catch {
            throw .system(error, context)
        }
    }

    private func requireFences(_ context: String) throws(BufferSharingError) {
        guard kind == .dmaBuf else {
            throw BufferSharingError(.notABuffer, errno: .inappropriateIOCTLForDevice, context: context)
        }
    }
}
