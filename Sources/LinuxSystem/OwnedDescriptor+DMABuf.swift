import CLinuxSystem
public import SystemPackage

/// What can be asked of any dma-buf. Each gives ENOTTY when the descriptor is of something else.
///
/// A file of a stranger may answer an ioctl as it likes, or never: first see ``dmaBufDescription()``.
extension OwnedDescriptor {
    /// Gives the buffer a name that /proc and debugfs show (DMA_BUF_SET_NAME).
    /// - Throws: EINVAL for more than 31 bytes.
    public func setDMABufName(_ name: String) throws(Errno) {
        _ = try retrying { unsafe linux_dma_buf_set_name(raw, name) }
    }

    /// The fences that an access has to wait for now, as a descriptor that is readable when all have signalled
    /// (DMA_BUF_IOCTL_EXPORT_SYNC_FILE, Linux 6.0). Later ones aren't in it. The caller owns it.
    /// - Throws: EINVAL for no access at all; EMFILE; ENOMEM.
    public func exportSyncFile(_ access: DMABufSync.Access) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: Int32(try retrying { linux_dma_buf_export_sync_file(raw, access.rawValue) }))
    }

    /// Adds the fences of a sync_file to the buffer's, as a reader's or a writer's
    /// (DMA_BUF_IOCTL_IMPORT_SYNC_FILE, Linux 6.0). The sync_file isn't needed any more then.
    /// - Throws: EINVAL for a descriptor that isn't a sync_file, or no access at all; ENOMEM.
    public func importSyncFile(_ syncFile: borrowing OwnedDescriptor, _ access: DMABufSync.Access) throws(Errno) {
        let other = syncFile.raw
        _ = try retrying { linux_dma_buf_import_sync_file(raw, access.rawValue, other) }
    }
}
