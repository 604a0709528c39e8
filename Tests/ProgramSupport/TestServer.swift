import LinuxSystem

/// `vb2 serve`, whose process a test looks into and kills.
public struct TestServer: ~Copyable {
    private var command: RunningProgram
    /// Of the server itself, not of its watchdog.
    public let pid: Int32
    /// The environment of a program that is to see the devices.
    public let variables: [String: String]

    /// - Parameters:
    ///   - devices: as the command has them: `--camera`, a SPEC.
    ///   - prefix: a program under which the server runs.
    ///   - variables: of the server's environment.
    public init(
        _ workspace: Workspace, devices: [String], under prefix: [String] = [], variables: [String: String] = [:],
        seconds: Int = 100
    ) throws {
        var command = try RunningProgram(
            workspace, "server",
            prefix
                + [
                    workspace.vb2, "serve", "--directory", workspace.file("sockets"), "--log",
                    workspace.file("server.log"),
                ]
                + devices, variables: variables, seconds: seconds)
        try command.wait(for: "serving", in: "server.err")
        let pid = try Self.child(of: command.pid)
        self.command = command
        self.pid = pid
        self.variables = [
            "LD_PRELOAD": workspace.file("libVideoShim.so"), "VB2_DIRECTORY": workspace.file("sockets"),
        ]
    }

    public func kill() throws { try Processes.send(SignalNumber.kill, to: pid) }

    /// Ends it as a user would.
    public mutating func stop() throws -> Outcome {
        try command.send(SignalNumber.terminate)
        return try command.outcome()
    }

    /// What the server holds for its programs.
    public struct Holdings: Equatable {
        public var descriptors: Int
        /// Mappings of memory files.
        public var mappings: Int
    }

    public func holdings() throws -> Holdings {
        let maps = String(decoding: try Files.read("/proc/\(pid)/maps"), as: UTF8.self)
        return Holdings(
            descriptors: try Files.list("/proc/\(pid)/fd").count,
            mappings: maps.split(separator: "\n").filter { $0.contains("/memfd:") }.count)
    }

    /// How often the server's threads have stopped to wait, and gone on.
    public func wakeCount() throws -> Int {
        var sum = 0
        for thread in try Files.list("/proc/\(pid)/task") {
            let status = String(decoding: try Files.read("/proc/\(pid)/task/\(thread)/status"), as: UTF8.self)
            let fields = status.split(separator: "\n").map { $0.split(separator: "\t") }
            guard let count = fields.first(where: { $0.first == "voluntary_ctxt_switches:" })?.last else { continue }
            sum += Int(count) ?? 0
        }
        guard sum > 0 else { throw WorkspaceError(text: "process \(pid) has no thread that ever waited") }
        return sum
    }

    public func threadCount() throws -> Int { try Files.list("/proc/\(pid)/task").count }

    /// What it holds once it has come to hold no more than `limit`, or when five seconds have passed: the
    /// server learns of a program's end by and by.
    public func holdings(returningTo limit: Holdings) throws -> Holdings {
        for _ in 0..<500 {
            let now = try holdings()
            if now.descriptors <= limit.descriptors, now.mappings <= limit.mappings { return now }
            try Processes.pause(milliseconds: 10)
        }
        return try holdings()
    }

    public static func child(of pid: Int32) throws -> Int32 {
        let text = String(decoding: try Files.read("/proc/\(pid)/task/\(pid)/children"), as: UTF8.self)
        guard let first = text.split(separator: " ").first.flatMap({ Int32($0) }) else {
            throw WorkspaceError(text: "process \(pid) has no child")
        }
        return first
    }
}

extension Processes {
    /// Waits until a process sleeps, or has ended.
    public static func waitUntilAsleep(_ pid: Int32) throws {
        while let stat = try? Files.read("/proc/\(pid)/stat") {
            let text = String(decoding: stat, as: UTF8.self)
            guard let name = text.lastIndex(of: ")") else { return }
            if "SZX".contains(text[text.index(name, offsetBy: 2)]) { return }
            try Processes.pause(milliseconds: 1)
        }
    }
}
