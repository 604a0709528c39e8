import LinuxSystem
import SystemPackage

/// Runs a program beside the server, and ends when the program and all that use its devices have ended.
struct ProgramRun {
    /// The signals that are passed on to the program.
    static let forwarded = [SignalNumber.interrupt, SignalNumber.terminate, SignalNumber.hangUp]

    let program: String
    let arguments: [String]
    let environment: [String: String]
    /// Whether a camera reads this process's standard input, which the program then can't.
    let standardInputIsTaken: Bool

    /// Makes the environment of a program that is to see the devices.
    static func environment(
        library: String, directory: String, from all: [String] = Environment.all
    ) -> [String: String] {
        var result: [String: String] = [:]
        for entry in all {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            result[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
        }
        result["LD_PRELOAD"] = ShimLibrary.preload(library, before: result["LD_PRELOAD"])
        result[ServerDirectory.variable] = directory
        return result
    }

    /// Starts the program and waits for its end, passing signals on meanwhile.
    /// - Parameter signals: blocks the forwarded signals and SIGCHLD since before any thread was made.
    /// - Returns: the program's own status: its exit code, or 128 and the number of the signal that ended it.
    /// - Throws: `CommandFailure`: 127 when it isn't found, 126 when it can't be executed.
    func untilProgramEnds(_ signals: borrowing SignalDescriptor) throws -> Int32 {
        var child = try start()
        while true {
            if let ended = try child.poll() { return ended.shellCode }
            _ = try signals.descriptor.wait(for: .input)
            while let (signal, isFromProcess) = try signals.readWithSender() {
                // The terminal has sent its own signals to the program too: once is enough.
                guard signal != SignalNumber.child, isFromProcess else { continue }
                try? child.send(signal: signal)
            }
        }
    }

    private func start() throws(CommandFailure) -> ChildProcess {
        guard let path = ProgramFinder.path(of: program) else {
            throw CommandFailure("'\(program)' isn't found; check its name, or give its path", status: 127)
        }
        do {
            // A path without a slash would be looked for in PATH again: it is in the folder that PATH names as "".
            return try ChildProcess.spawn(
                path.contains("/") ? path : "./\(path)", arguments: arguments, environment: environment,
                standardInput: standardInputIsTaken ? .null : .inherit)
        } catch {
            throw CommandFailure("can't execute '\(program)': \(error); 'vb2 doctor' may know why", status: 126)
        }
    }

    /// Waits until no descendant of the program holds a device, or a signal says that it is enough.
    /// - Returns: the signal, or nil if all have ended.
    static func untilUnused(_ host: DeviceHost, _ signals: borrowing SignalDescriptor) throws -> Int32? {
        let done = Done(try EventDescriptor())
        // Not joined: after a signal it may still wait, and this process ends.
        _ = try SystemThread.start(name: "wait-unused") {
            host.waitUntilUnused()
            done.event.signal()
        }
        let events = try EventPoll()
        try events.add(done.event.descriptor.raw, events: .input, token: 0)
        try events.add(signals.descriptor.raw, events: .input, token: 1)
        var batch = EventBatch()
        while true {
            while let (signal, _) = try signals.readWithSender() {
                if signal != SignalNumber.child { return signal }
            }
            if done.event.drain() { return nil }
            try events.wait(into: &batch)
        }
    }

    /// The flag of the waiting thread.
    private final class Done: Sendable {
        let event: EventDescriptor

        init(_ event: consuming EventDescriptor) {
            self.event = event
        }
    }
}
