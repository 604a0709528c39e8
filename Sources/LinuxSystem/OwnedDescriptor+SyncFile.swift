import CLinuxSystem
public import SystemPackage

/// The kernel's fences as files: Documentation/driver-api/sync_file.rst, linux/sync_file.h.
extension OwnedDescriptor {
    /// Whether it is a sync_file. The file itself isn't asked, as a stranger's might not answer: its name is.
    /// - Throws: ENOENT without /proc.
    public func isSyncFile() throws(Errno) -> Bool {
        try Files.target(ofLink: "/proc/self/fd/\(raw)") == "anon_inode:sync_file"
    }

    /// What became of a sync_file's fences (SYNC_IOC_FILE_INFO).
    /// - Returns: 1 when all are signalled, 0 while one isn't, or the negative errno of one that failed.
    /// - Throws: ENOTTY when it is no sync_file.
    public func syncFileStatus() throws(Errno) -> Int32 {
        var status: Int32 = 0
        _ = try retrying { unsafe linux_sync_file_status(raw, &status) }
        return status
    }
}
