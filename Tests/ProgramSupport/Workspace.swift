import LinuxSystem

/// A folder of a test's own in which programs run, and the built command in it. It goes away with its owner.
///
/// The command and its library are copied there, so that another user can run them wherever the clone is.
public final class Workspace: Sendable {
    public let path: String
    /// The folder for sessions (XDG_RUNTIME_DIR), which the command must leave as empty as it was.
    public let runtime: String

    /// The clone's root.
    public static let root: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        return parts.joined(separator: "/")
    }()

    public init() throws {
        path = try Files.makeTemporaryDirectory(prefix: "vb2-test-", in: "/tmp")
        runtime = "\(path)/runtime"
        try Files.makeDirectory(runtime, mode: 0o700)
        try Self.run(["chmod", "0777", path])
        // A link would lead back into the clone: the command looks for the library beside its real self.
        let build = Environment.value("VB2_BUILD") ?? "\(Self.root)/.build/release"
        for name in ["vb2", "libVideoShim.so"] {
            guard Files.exists("\(build)/\(name)") else {
                throw WorkspaceError(text: "\(build)/\(name) isn't built; run 'make build'")
            }
            try Self.run(["cp", "--", "\(build)/\(name)", "\(path)/\(name)"])
        }
    }

    deinit {
        try? Self.run(["rm", "-rf", "--", path])
    }

    /// The path of the command.
    public var vb2: String { "\(path)/vb2" }

    /// The path of a file in the folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The content of a file in the folder; empty if there is none.
    public func text(_ name: String) -> String {
        String(decoding: (try? Files.read(file(name), limit: 1 << 30)) ?? [], as: UTF8.self)
    }

    /// What the command left behind in the session's folder.
    public func leftovers() throws -> [String] { try Files.list(runtime) }

    private static func run(_ words: [String]) throws {
        var child = try ChildProcess.spawn(words[0], arguments: Array(words.dropFirst()))
        let status = try child.wait()
        guard status == .exited(0) else { throw WorkspaceError(text: "\(words.joined(separator: " ")): \(status)") }
    }
}

/// Why a test can't begin.
public struct WorkspaceError: Error, CustomStringConvertible {
    let text: String
    public var description: String { text }
}
