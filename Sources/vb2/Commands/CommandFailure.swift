import LinuxSystem

/// Why a command can't do what it was asked: one line for a person, and an exit status (sysexits.h).
struct CommandFailure: Error, Hashable, CustomStringConvertible {
    /// The fault and the mend, in one line.
    let line: String
    let status: Int32

    init(_ line: String, status: Int32) {
        // What a library or a file's name says may have line ends in it.
        self.line = line.split(whereSeparator: \.isNewline).joined(separator: " ")
        self.status = status
    }

    var description: String { line }

    /// The command line is wrong (EX_USAGE).
    static func usage(_ line: String) -> CommandFailure { CommandFailure(line, status: 64) }

    /// Data from outside is wrong (EX_DATAERR): what was recorded, not what was asked for.
    static func data(_ line: String) -> CommandFailure { CommandFailure(line, status: 65) }

    /// An input is missing or broken (EX_NOINPUT).
    static func input(_ line: String) -> CommandFailure { CommandFailure(line, status: 66) }

    /// What the command needs isn't there: a server, a device, its own library (EX_UNAVAILABLE).
    static func unavailable(_ line: String) -> CommandFailure { CommandFailure(line, status: 69) }

    /// A check of our own failed: what may never be (EX_SOFTWARE).
    static func defect(_ line: String) -> CommandFailure { CommandFailure(line, status: 70) }

    /// The system refused a call (EX_OSERR).
    static func system(_ line: String) -> CommandFailure { CommandFailure(line, status: 71) }

    /// The server in a directory doesn't let this user in (EX_NOPERM).
    static func refused(_ directory: String) -> CommandFailure {
        CommandFailure(
            "the server in '\(directory)' doesn't let user \(effectiveUserID) in; who runs it can, by "
                + "'vb2 serve --allow-user \(effectiveUserID)'", status: 77)
    }

    /// An output can't be written (EX_CANTCREAT).
    static func output(_ line: String) -> CommandFailure { CommandFailure(line, status: 73) }
}
