import LinuxSystem

/// A directory for one command's sockets, which goes away with its owner.
struct PrivateDirectory: ~Copyable {
    let path: String

    /// Makes it, for this user alone, where the system keeps such things for the session, else in /tmp.
    /// - Throws: `CommandFailure` (71).
    init() throws(CommandFailure) {
        let parents = [Environment.value("XDG_RUNTIME_DIR"), "/tmp"].compactMap { $0 }.filter { !$0.isEmpty }
        var reason = ""
        for parent in parents {
            do {
                path = try Files.makeTemporaryDirectory(prefix: "vb2-", in: parent)
                return
            } catch { reason = "\(parent): \(error)" }
        }
        throw .system("can't make a directory for the sockets (\(reason)); set XDG_RUNTIME_DIR to one of your own")
    }

    deinit {
        // The server has removed its sockets; what is left then is of no use to anyone.
        for name in (try? Files.list(path)) ?? [] { try? Files.remove("\(path)/\(name)") }
        try? Files.remove(path)
    }
}
