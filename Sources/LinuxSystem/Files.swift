import CLinuxSystem
public import SystemPackage

/// Calls that name a file by its path.
public enum Files {
    /// How to open a file, beside its access. Close-on-exec is always set.
    public struct OpenOptions: OptionSet, Sendable {
        public var rawValue: Int32

        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// O_CREAT.
        public static var create: OpenOptions { OpenOptions(rawValue: linux_o_creat) }
        /// O_EXCL.
        public static var exclusive: OpenOptions { OpenOptions(rawValue: linux_o_excl) }
        /// O_TRUNC.
        public static var truncate: OpenOptions { OpenOptions(rawValue: linux_o_trunc) }
        /// O_APPEND.
        public static var append: OpenOptions { OpenOptions(rawValue: linux_o_append) }
        /// O_DIRECTORY.
        public static var directory: OpenOptions { OpenOptions(rawValue: linux_o_directory) }
        /// O_NONBLOCK.
        public static var nonblocking: OpenOptions { OpenOptions(rawValue: linux_o_nonblock) }
        /// O_NOFOLLOW.
        public static var noFollow: OpenOptions { OpenOptions(rawValue: linux_o_nofollow) }
    }

    /// Opens a file (open(2)).
    /// - Parameter permissions: for a file that this creates, before the umask.
    public static func open(
        _ path: String, _ access: FileAccess, options: OpenOptions = [], permissions: UInt32 = 0o644
    ) throws(Errno) -> OwnedDescriptor {
        let mode =
            switch access {
            case .readOnly: linux_o_rdonly
            case .writeOnly: linux_o_wronly
            case .readWrite: linux_o_rdwr
            }
        let raw = try retrying { unsafe linux_open(path, mode | options.rawValue, permissions) }
        return OwnedDescriptor(adopting: Int32(raw))
    }

    /// stat(2), or lstat(2) for the link itself.
    public static func status(_ path: String, followLink: Bool = true) throws(Errno) -> FileStatus {
        var out = linux_file_status()
        try checked(unsafe linux_path_status(path, followLink, &out))
        return FileStatus(out)
    }

    public static func exists(_ path: String) -> Bool {
        unsafe linux_access(path, linux_access_exists) == 0
    }

    /// Whether it is a file that this process may execute.
    public static func isExecutable(_ path: String) -> Bool {
        guard let status = try? status(path), !status.isDirectory else { return false }
        return unsafe linux_access(path, linux_access_execute) == 0
    }

    /// chmod(2).
    public static func setMode(_ path: String, _ mode: UInt32) throws(Errno) {
        try checked(unsafe linux_change_mode(path, mode))
    }

    /// - Throws: EEXIST; ENOENT when the parent isn't there; EACCES.
    public static func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(Errno) {
        try checked(unsafe linux_make_directory(path, mode))
    }

    /// Makes a directory with a new name, for this user alone.
    /// - Parameters:
    ///   - prefix: the beginning of its name.
    ///   - parent: where, or nil for TMPDIR, and /tmp without that.
    /// - Returns: its path. The caller removes it.
    public static func makeTemporaryDirectory(prefix: String, in parent: String? = nil) throws(Errno) -> String {
        let folder = parent ?? Environment.value("TMPDIR") ?? "/tmp"
        let texts = try CStringArray(["\(folder)/\(prefix)XXXXXX"])
        guard let path = unsafe texts.pointers[0] else { throw .noMemory }
        try checked(unsafe linux_make_temporary_directory(path))
        return unsafe String(cString: path)
    }

    /// Removes a file or an empty directory (remove(3)).
    /// - Throws: ENOENT; ENOTEMPTY; EACCES.
    public static func remove(_ path: String) throws(Errno) {
        try checked(unsafe linux_remove(path))
    }

    /// Removes a file, or a directory with all that is in it. Symbolic links aren't followed.
    public static func removeTree(_ path: String) throws(Errno) {
        if try status(path, followLink: false).isDirectory {
            for name in try list(path) { try removeTree("\(path)/\(name)") }
        }
        try remove(path)
    }

    /// Gives a file another name, which replaces what was there (rename(2)).
    public static func rename(_ path: String, to other: String) throws(Errno) {
        try checked(unsafe linux_rename(path, other))
    }

    /// The names in a directory, sorted, without "." and "..".
    /// - Throws: ENOENT; ENOTDIR; EACCES.
    public static func list(_ directory: String) throws(Errno) -> [String] {
        var handle: UnsafeMutableRawPointer? = nil
        try checked(unsafe linux_directory_open(directory, &handle))
        defer { unsafe linux_directory_close(handle) }
        var names: [String] = []
        var name = [CChar](repeating: 0, count: 256)
        while try checked(unsafe linux_directory_next(handle, &name, name.count)) == 1 {
            let length = name.firstIndex(of: 0) ?? name.endIndex
            let text = String(decoding: name[..<length].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text != "." && text != ".." { names.append(text) }
        }
        return names.sorted()
    }

    /// The content of a file.
    public static func read(_ path: String, limit: Int = 16 << 20) throws(Errno) -> [UInt8] {
        try open(path, .readOnly).readToEnd(limit: limit)
    }

    /// Writes a file, which replaces its content.
    public static func write(_ bytes: [UInt8], to path: String, permissions: UInt32 = 0o644) throws(Errno) {
        let file = try open(path, .writeOnly, options: [.create, .truncate], permissions: permissions)
        try file.writeAll(bytes)
        try file.close()
    }
}
