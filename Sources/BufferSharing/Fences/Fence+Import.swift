public import LinuxSystem

extension Fence {
    /// Takes a fence from a descriptor: of ``exportDescriptor()`` in whatever process, or a sync_file of the
    /// kernel's.
    ///
    /// The descriptor may be anything and its sender may mean harm, so nothing is done with it that could wait. A
    /// socket that isn't a fence's becomes a fence that fails, or stays pending for as long as its sender likes.
    /// - Parameters:
    ///   - name: a label for people.
    ///   - reaper: closes a descriptor that is refused, as the close of a stranger's file may wait for ever.
    /// - Throws: `.system` (EINVAL) for any other file.
    public convenience init(
        adopting descriptor: consuming OwnedDescriptor, name: String = "imported", reaper: DescriptorReaper = .shared
    ) throws(BufferSharingError) {
        if descriptor.isSequencedUnixSocket() {
            self.init(name: name, source: .descriptor(FenceDescriptor(descriptor, .message)))
        } else {
            try self.init(adoptingSyncFile: descriptor, name: name, reaper: reaper)
        }
    }

    /// Takes a fence of the kernel's, as DMA_BUF_IOCTL_EXPORT_SYNC_FILE gives it. How it ended is what
    /// SYNC_IOC_FILE_INFO says, if the kernel knows that.
    /// - Throws: `.system`: EINVAL when it is no sync_file; ENOENT when that can't be told, without /proc.
    public convenience init(
        adoptingSyncFile descriptor: consuming OwnedDescriptor, name: String = "sync_file",
        reaper: DescriptorReaper = .shared
    ) throws(BufferSharingError) {
        do throws(Errno) {
            guard try descriptor.isSyncFile() else { throw .invalidArgument }
        } catch {
            reaper.close(descriptor)
            throw .system(error, "import of a fence")
        }
        self.init(vettedSyncFile: descriptor, name: name)
    }

    /// A fence that is done when the descriptor polls readable.
    package convenience init(vettedSyncFile descriptor: consuming OwnedDescriptor, name: String) {
        self.init(name: name, source: .descriptor(FenceDescriptor(descriptor, .syncFile)))
    }
}
