import CLinuxSystem
public import SystemPackage

/// The seals of a memory file (F_SEAL_*, fcntl(2)): what nobody may do to it any more.
public struct Seals: OptionSet, Sendable, Hashable {
    public var rawValue: Int32

    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// F_SEAL_SEAL: no more seals.
    public static var seal: Seals { Seals(rawValue: linux_seal_seal) }
    /// F_SEAL_SHRINK: the size can't get smaller, so a mapping can't fault for it.
    public static var shrink: Seals { Seals(rawValue: linux_seal_shrink) }
    /// F_SEAL_GROW: the size can't get larger.
    public static var grow: Seals { Seals(rawValue: linux_seal_grow) }
    /// F_SEAL_WRITE: the content can't change.
    public static var write: Seals { Seals(rawValue: linux_seal_write) }
    /// F_SEAL_FUTURE_WRITE: no new writable mapping and no write(2).
    public static var futureWrite: Seals { Seals(rawValue: linux_seal_future_write) }
    /// F_SEAL_EXEC: the execute permission can't change (Linux 6.3).
    public static var exec: Seals { Seals(rawValue: linux_seal_exec) }
}

extension OwnedDescriptor {
    /// The seals of a memory file (F_GET_SEALS).
    /// - Throws: EINVAL when the file is none that can have seals.
    public func seals() throws(Errno) -> Seals {
        Seals(rawValue: Int32(try checked(linux_seals(raw))))
    }

    /// Adds seals (F_ADD_SEALS).
    /// - Throws: EPERM when the file is sealed against that, or this descriptor is read-only; EBUSY
    ///   for `.write` while a writable mapping exists; EINVAL when the file can't have seals.
    public func addSeals(_ seals: Seals) throws(Errno) {
        _ = try retrying { linux_add_seals(raw, seals.rawValue) }
    }

    /// Whether the file is of hugetlbfs, whose pages come from a pool that can run out: a hole that is
    /// punched into such a file can turn the next access into a SIGBUS. Never waits on a memory file.
    public func isHugePageFile() throws(Errno) -> Bool {
        try checked(linux_is_huge_page_file(raw)) == 1
    }
}
