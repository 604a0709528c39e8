import CLinuxSystem
public import SystemPackage

/// A file that is memory (memfd_create(2)), of a fixed size, filled with zeros when new.
public struct MemoryFile: ~Copyable, Sendable {
    /// The owner of the file in this process. Close-on-exec, opened for reading and writing.
    public let descriptor: OwnedDescriptor
    /// In bytes.
    public let size: Int
    public let identity: FileIdentity

    private init(descriptor: consuming OwnedDescriptor, size: Int, identity: FileIdentity) {
        self.descriptor = descriptor
        self.size = size
        self.identity = identity
    }

    /// Makes a memory file, and seals it.
    /// - Parameters:
    ///   - name: a label for /proc; at most 249 bytes, needn't be unique.
    ///   - size: in bytes; not rounded.
    ///   - seals: added when the size is set. On a kernel that has it, `.exec` comes with them.
    ///   - isHuge: of pages of 2 MiB from the system's pool (MFD_HUGETLB); then the size is a multiple of that.
    /// - Throws: EINVAL for a negative size or a name that is too long; EMFILE; ENOMEM.
    public static func create(
        name: String, size: Int, seals: Seals = [.shrink, .grow, .seal], isHuge: Bool = false
    ) throws(Errno) -> MemoryFile {
        let raw = try retrying { unsafe linux_memory_file(name, isHuge) }
        let descriptor = OwnedDescriptor(adopting: Int32(raw))
        try descriptor.truncate(to: size)
        if !seals.isEmpty { try descriptor.addSeals(seals) }
        let identity = try descriptor.status().identity
        return MemoryFile(descriptor: descriptor, size: size, identity: identity)
    }

    /// Gives up the file's size and identity, and keeps the descriptor.
    public consuming func intoDescriptor() -> OwnedDescriptor {
        descriptor
    }
}

/// Facts of the machine's memory.
public enum Memory {
    /// The size of a page in bytes.
    public static var pageSize: Int { linux_page_size() }

    /// The size rounded up to whole pages, or nil when that can't be expressed.
    public static func roundedToPages(_ size: Int) -> Int? { rounded(size, to: pageSize) }

    /// The size rounded up to whole units, a power of two, or nil when that can't be expressed.
    public static func rounded(_ size: Int, to unit: Int) -> Int? {
        let mask = unit - 1
        let (sum, overflow) = size.addingReportingOverflow(mask)
        return overflow || size < 0 ? nil : sum & ~mask
    }
}
