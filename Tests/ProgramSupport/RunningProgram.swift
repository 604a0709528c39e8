import LinuxSystem

/// A program that a test has started, with a watchdog that ends it if it hangs.
public struct RunningProgram: ~Copyable {
    private var child: ChildProcess
    private let workspace: Workspace
    private let name: String

    /// Starts a program in the workspace.
    /// - Parameters:
    ///   - name: of the files that hold its output.
    ///   - words: the program and its arguments.
    ///   - variables: of its environment, besides this process's own.
    ///   - input: what its standard input is; nil for /dev/null.
    ///   - seconds: after which the watchdog ends it.
    public init(
        _ workspace: Workspace, _ name: String, _ words: [String], variables: [String: String] = [:],
        input: String? = nil, seconds: Int = 60
    ) throws {
        self.workspace = workspace
        self.name = name
        let output = try Files.open(workspace.file("\(name).out"), .writeOnly, options: [.create, .truncate, .append])
        let error = try Files.open(workspace.file("\(name).err"), .writeOnly, options: [.create, .truncate, .append])
        let source = try Files.open(input ?? "/dev/null", .readOnly)
        var environment = Dictionary(uniqueKeysWithValues: Environment.all.compactMap(Self.pair))
        environment["XDG_RUNTIME_DIR"] = workspace.runtime
        environment["GST_REGISTRY"] = workspace.file("gstreamer-registry")
        environment["VB2_DIRECTORY"] = nil
        environment.merge(variables) { _, new in new }
        // It must not be a process group of its own: a signal that the test sends is to reach the program.
        child = try ChildProcess.spawn(
            "timeout", arguments: ["--foreground", "--kill-after=5", "\(seconds)"] + words, environment: environment,
            standardInput: .descriptor(source.raw), standardOutput: .descriptor(output.raw),
            standardError: .descriptor(error.raw))
    }

    private static func pair(_ entry: String) -> (String, String)? {
        guard let equals = entry.firstIndex(of: "=") else { return nil }
        return (String(entry[..<equals]), String(entry[entry.index(after: equals)...]))
    }

    /// The watchdog's process. It passes signals on.
    public var pid: Int32 { child.pid }

    /// Sends a signal through the watchdog.
    public func send(_ signal: Int32) throws { try child.send(signal: signal) }

    /// Sends a signal to the program itself: for those that the watchdog can't pass on.
    public func sendToProgram(_ signal: Int32) throws {
        for pid in try Self.children(of: child.pid) { try Processes.send(signal, to: pid) }
    }

    /// Waits until a file of the workspace has a text in it, or the program has ended.
    public mutating func wait(for text: String, in file: String) throws {
        while !workspace.text(file).contains(text) {
            if try child.poll() != nil { throw WorkspaceError(text: "it ended first: \(try outcome().text)") }
            try Processes.pause(milliseconds: 10)
        }
    }

    /// Waits until a file of the workspace has at least so many bytes, or the program has ended.
    public mutating func wait(forBytes count: UInt64, in file: String) throws {
        while ((try? Files.status(workspace.file(file)))?.size ?? 0) < count {
            if try child.poll() != nil { throw WorkspaceError(text: "it ended first: \(try outcome().text)") }
            try Processes.pause(milliseconds: 10)
        }
    }

    /// Waits for its end.
    public mutating func outcome() throws -> Outcome {
        let status = try child.wait().shellCode
        return Outcome(status: status, output: workspace.text("\(name).out"), error: workspace.text("\(name).err"))
    }

    private static func children(of pid: Int32) throws -> [Int32] {
        let text = String(decoding: try Files.read("/proc/\(pid)/task/\(pid)/children"), as: UTF8.self)
        return text.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Int32($0) }
    }
}

/// What a test does to processes.
public enum Processes {
    /// Sends a signal to a process that isn't this one's child.
    public static func send(_ signal: Int32, to pid: Int32) throws {
        var child = try ChildProcess.spawn("kill", arguments: ["-\(signal)", "\(pid)"])
        _ = try child.wait()
    }

    /// Waits a little between two looks at something that another process does.
    public static func pause(milliseconds: Int64) throws {
        let never = try EventDescriptor()
        _ = try never.descriptor.wait(for: .input, timeout: .milliseconds(milliseconds))
    }
}
