import CLinuxSystem
public import SystemPackage

/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
    /// It returned, with this code (0 to 255).
    case exited(Int32)
    /// This signal ended it.
    case signaled(Int32)

    /// The status that a shell would give: the code, or 128 and the signal's number.
    public var shellCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }
}

/// A process that this one has started, and has to reap.
///
/// If it wasn't waited for when its owner goes away, it is killed (SIGKILL) and reaped: no process
/// and no zombie outlives its owner. Use ``relinquish()`` for one that is to live on.
public struct ChildProcess: ~Copyable, Sendable {
    /// Where one of the three standard streams goes.
    public enum Redirection: Sendable {
        /// The parent's.
        case inherit
        /// /dev/null.
        case null
        /// A descriptor of the parent, which stays open there. It is borrowed until spawn returns.
        case descriptor(Int32)
    }

    /// The process id. It is the child's until it was reaped.
    public let pid: Int32
    private var status: ExitStatus?

    private init(pid: Int32) {
        self.pid = pid
    }

    deinit {
        if status == nil {
            _ = linux_kill(pid, linux_sigkill)
            _ = try? Self.reap(pid, block: true)
        }
    }

    /// Starts a program (posix_spawn(3)). The child has only those descriptors of this process that
    /// aren't close-on-exec.
    /// - Parameters:
    ///   - executable: a path; or a name without a slash, which is looked for in this process's PATH.
    ///   - arguments: without the program's own name, which comes first by itself.
    ///   - environment: "NAME=value" each, or nil for this process's own.
    ///   - resetSignals: whether the child starts with default handlers and nothing blocked.
    ///   - newProcessGroup: whether the child leads a group of its own, as a shell's job.
    /// - Throws: ENOENT when there is no such program; EACCES when it isn't executable; ENOEXEC; EINVAL
    ///   for a text with a zero byte in it.
    public static func spawn(
        _ executable: String, arguments: [String], environment: [String]? = nil,
        standardInput: Redirection = .inherit, standardOutput: Redirection = .inherit,
        standardError: Redirection = .inherit, resetSignals: Bool = true, newProcessGroup: Bool = false
    ) throws(Errno) -> ChildProcess {
        let null = try openNull(standardInput, standardOutput, standardError)
        func number(_ redirection: Redirection) -> Int32 {
            switch redirection {
            case .inherit: -1
            case .null: null.raw
            case .descriptor(let raw): raw
            }
        }
        let input = number(standardInput)
        let output = number(standardOutput)
        let error = number(standardError)
        guard !executable.isEmpty, !executable.utf8.contains(0) else {
            throw executable.isEmpty ? .noSuchFileOrDirectory : .invalidArgument
        }
        let search = !executable.utf8.contains(UInt8(ascii: "/"))
        let argumentTexts = try CStringArray([executable] + arguments)
        let environmentTexts = try environment.map { texts throws(Errno) in try CStringArray(texts) }
        var pid: Int32 = 0
        try checked(
            unsafe linux_spawn(
                executable, search, argumentTexts.pointers, environmentTexts?.pointers, input, output, error,
                resetSignals, newProcessGroup, &pid))
        return ChildProcess(pid: pid)
    }

    /// As ``spawn(_:arguments:environment:standardInput:standardOutput:standardError:resetSignals:newProcessGroup:)``
    /// with the whole environment as a dictionary.
    public static func spawn(
        _ executable: String, arguments: [String], environment: [String: String],
        standardInput: Redirection = .inherit, standardOutput: Redirection = .inherit,
        standardError: Redirection = .inherit, resetSignals: Bool = true, newProcessGroup: Bool = false
    ) throws(Errno) -> ChildProcess {
        try spawn(
            executable, arguments: arguments, environment: environment.map { "\($0.key)=\($0.value)" }.sorted(),
            standardInput: standardInput, standardOutput: standardOutput, standardError: standardError,
            resetSignals: resetSignals, newProcessGroup: newProcessGroup)
    }

    private static func openNull(_ redirections: Redirection...) throws(Errno) -> OwnedDescriptor {
        // Opened whether it is needed or not: this path isn't hot, and one owner is simpler than three.
        try Files.open("/dev/null", .readWrite)
    }

    /// Waits for the end, and reaps. Once it has ended, gives the same status again.
    /// - Throws: ECHILD when somebody else reaped it, or SIGCHLD is ignored.
    @discardableResult
    public mutating func wait() throws(Errno) -> ExitStatus {
        if let status { return status }
        while true {
            if let ended = try Self.reap(pid, block: true) {
                status = ended
                return ended
            }
        }
    }

    /// The status if it has ended, and nil while it runs. Doesn't wait.
    /// - Throws: as ``wait()``.
    public mutating func poll() throws(Errno) -> ExitStatus? {
        if status == nil { status = try Self.reap(pid, block: false) }
        return status
    }

    /// Sends a signal, unless it was reaped: then there is nobody, and the number may be another's.
    /// - Throws: ESRCH after it was reaped; EINVAL for a number that is no signal's.
    public func send(signal: Int32) throws(Errno) {
        guard status == nil else { throw .noSuchProcess }
        try checked(linux_kill(pid, signal))
    }

    /// A descriptor that is ready for input when the process has ended (pidfd_open(2), Linux 5.3).
    /// - Throws: ENOSYS; ESRCH after it was reaped; EMFILE.
    public func pidDescriptor() throws(Errno) -> OwnedDescriptor {
        guard status == nil else { throw .noSuchProcess }
        return OwnedDescriptor(adopting: Int32(try checked(linux_pid_descriptor(pid))))
    }

    /// Lets the process live on without this owner. Someone has to reap it: the caller, or init.
    public consuming func relinquish() -> Int32 {
        let pid = pid
        discard self
        return pid
    }

    private static func reap(_ pid: Int32, block: Bool) throws(Errno) -> ExitStatus? {
        var code: Int32 = 0
        var signal: Int32 = 0
        let ended = try retrying { unsafe linux_wait_child(pid, block, &code, &signal) }
        guard ended == 1 else { return nil }
        return signal != 0 ? .signaled(signal) : .exited(code)
    }
}
