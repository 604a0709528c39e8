import LinuxSystem

/// Looks at program files for the doctor.
enum ProgramFinder {
    /// The path of a program: itself if it has a slash, else the first file of that name in the folders of PATH.
    static func path(of program: String, search: String? = Environment.value("PATH")) -> String? {
        if program.contains("/") { return Files.exists(program) ? program : nil }
        let folders = (search ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":", omittingEmptySubsequences: false)
        let paths = folders.map { $0.isEmpty ? program : "\($0)/\(program)" }
        // As the shell does: one that can't be executed is only taken when there is no other.
        return paths.first(where: Files.isExecutable) ?? paths.first(where: isFile)
    }

    /// What a file is.
    /// - Throws: what open(2) and read(2) give; EISDIR; EFBIG beyond a gigabyte.
    static func facts(of path: String) throws -> ProgramFacts {
        let file = try Files.open(path, .readOnly, options: .nonblocking)
        let status = try file.status()
        let target = (try? Files.target(ofLink: "/proc/self/fd/\(file.raw)")) ?? path
        let bytes = try file.readToEnd(limit: 1 << 30)
        return ProgramFacts(
            path: target, content: ProgramFacts.content(of: bytes), isExecutable: Files.isExecutable(path),
            isSetID: status.permissions & 0o6000 != 0, hasCapabilities: file.hasAttribute("security.capability"))
    }

    private static func isFile(_ path: String) -> Bool {
        (try? Files.status(path)).map { $0.isRegular } ?? false
    }
}
