import LinuxSystem

/// Where the sockets of a server are.
enum ServerDirectory {
    /// Tells a program's shim where its server is.
    static let variable = "VB2_DIRECTORY"

    /// Where a server is looked for, and where `vb2 serve` makes it, if nothing else is said.
    static func standard(
        environment: (String) -> String? = Environment.value, user: UInt32 = userID,
        exists: (String) -> Bool = Files.exists
    ) -> String {
        if let path = environment(variable), !path.isEmpty { return path }
        if let runtime = environment("XDG_RUNTIME_DIR"), !runtime.isEmpty { return "\(runtime)/vb2" }
        if exists("/run/user/\(user)") { return "/run/user/\(user)/vb2" }
        return "/tmp/vb2-\(user)"
    }

    /// The path as programs that run elsewhere have to have it.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let current = try? Files.target(ofLink: "/proc/self/cwd") else { return path }
        return current == "/" ? "/\(path)" : "\(current)/\(path)"
    }

    /// The numbers of the devices whose sockets are in a directory, in order; none if it isn't there.
    /// - Throws: `CommandFailure` (77) when this user can't look into it.
    static func nodes(in directory: String) throws(CommandFailure) -> [Int] {
        do throws(Errno) {
            return try Files.list(directory).compactMap(node).sorted()
        } catch {
            if error == .permissionDenied { throw .refused(directory) }
            return []
        }
    }

    /// The socket of /dev/videoN.
    static func socket(of node: Int, in directory: String) -> String { "\(directory)/video\(node).vb2" }

    private static func node(_ name: String) -> Int? {
        guard name.hasPrefix("video"), name.hasSuffix(".vb2") else { return nil }
        return Int(name.dropFirst(5).dropLast(4))
    }

    /// Makes a directory that this user alone can change, or takes the one that is there if it is so.
    /// - Parameter isShared: whether others are to get in; else a new one is closed to them.
    /// - Throws: `CommandFailure` (71) when it can't be made, isn't this user's own, or can't be entered by others who
    ///   are to.
    static func prepare(_ directory: String, isShared: Bool = false) throws(CommandFailure) {
        do {
            if !Files.exists(directory) {
                try Files.makeDirectory(directory, mode: 0o700)
                // In two steps, as the mode of the first is cut by the umask.
                if isShared { try Files.setMode(directory, 0o755) }
            }
            let status = try Files.status(directory, followLink: false)
            guard status.isDirectory else {
                throw CommandFailure.system("'\(directory)' is no directory; use another --directory")
            }
            // In /tmp anyone could have made it first, and would then see every frame.
            guard status.owner == effectiveUserID, status.permissions & 0o022 == 0 else {
                throw CommandFailure.system(
                    "'\(directory)' can be changed by other users; use a --directory of your own")
            }
            if isShared { try checkWays(to: directory) }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .system("can't make the directory '\(directory)': \(error); use another --directory")
        }
    }

    /// Whoever is let in has to get there: the folder of a session, for one, lets nobody else pass.
    private static func checkWays(to directory: String) throws {
        var path = directory
        while !path.isEmpty {
            // Entering is enough; for a group's members the group's bit is.
            guard try Files.status(path).permissions & 0o011 != 0 else {
                throw CommandFailure.system(
                    "nobody else can enter '\(path)', so nobody can be let in; use a --directory such as /run/vb2")
            }
            path = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        }
    }
}
