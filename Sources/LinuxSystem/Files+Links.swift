import CLinuxSystem
public import SystemPackage

extension Files {
    /// What a symbolic link points at (readlink(2)).
    /// - Throws: EINVAL for a path that is no link; ENOENT; EACCES; ENAMETOOLONG beyond 4095 bytes.
    public static func target(ofLink path: String) throws(Errno) -> String {
        var bytes = [CChar](repeating: 0, count: 4096)
        let count = try checked(unsafe linux_read_link(path, &bytes, bytes.count))
        guard count < bytes.count else { throw .fileNameTooLong }
        return String(decoding: bytes[..<count].lazy.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Makes a symbolic link (symlink(2)).
    /// - Throws: EEXIST; EACCES; ENOENT when the parent isn't there.
    public static func makeLink(_ path: String, to target: String) throws(Errno) {
        try checked(unsafe linux_make_link(path, target))
    }

    /// Whether a descriptor is a terminal (isatty(3)).
    public static func isTerminal(_ raw: Int32) -> Bool { linux_is_terminal(raw) }
}
