import CLinuxSystem
public import SystemPackage

/// Which file it is, whatever descriptor or process it is reached through.
///
/// Valid while someone holds the file open: an inode number can be given to another file later.
public struct FileIdentity: Hashable, Sendable {
    /// st_dev.
    public var device: UInt64
    /// st_ino.
    public var inode: UInt64

    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }
}

/// What fstat(2) or statx(2) say about a file.
public struct FileStatus: Sendable {
    public var identity: FileIdentity
    /// In bytes.
    public var size: UInt64
    /// Type and permissions (st_mode).
    public var mode: UInt32
    /// The owner's user id.
    public var owner: UInt32
    /// The group's id.
    public var group: UInt32
    /// The device that a device node stands for (st_rdev).
    public var representedDevice: UInt64

    init(_ status: linux_file_status) {
        identity = FileIdentity(device: status.device, inode: status.inode)
        size = status.size
        mode = status.mode
        owner = status.owner
        group = status.group
        representedDevice = status.represented_device
    }

    /// statx(2) without synchronising, of a descriptor that stays somebody else's.
    /// - Throws: EBADF.
    public init(vetting raw: Int32) throws(Errno) {
        var out = linux_file_status()
        try checked(unsafe linux_vetting_status(raw, &out))
        self.init(out)
    }

    public var isRegular: Bool { mode & linux_mode_type_mask == linux_mode_regular }
    public var isDirectory: Bool { mode & linux_mode_type_mask == linux_mode_directory }
    public var isCharacterDevice: Bool { mode & linux_mode_type_mask == linux_mode_character }
    public var isSocket: Bool { mode & linux_mode_type_mask == linux_mode_socket }
    public var isPipe: Bool { mode & linux_mode_type_mask == linux_mode_fifo }
    public var isSymbolicLink: Bool { mode & linux_mode_type_mask == linux_mode_link }
    /// The permission bits alone.
    public var permissions: UInt32 { mode & 0o7777 }
}

extension OwnedDescriptor {
    /// fstat(2). On a descriptor from a stranger use ``vettingStatus()``.
    public func status() throws(Errno) -> FileStatus {
        var out = linux_file_status()
        try checked(unsafe linux_status(raw, &out))
        return FileStatus(out)
    }

    /// statx(2) with AT_EMPTY_PATH and AT_STATX_DONT_SYNC: what the kernel knows already.
    ///
    /// A file of a FUSE mount can make fstat wait for its server for ever; this doesn't ask it.
    public func vettingStatus() throws(Errno) -> FileStatus {
        try FileStatus(vetting: raw)
    }
}
