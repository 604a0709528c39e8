/// What came of a program that a test ran.
public struct Outcome: Sendable {
    /// As a shell has it: the exit code, or 128 and the signal's number. 124 is the watchdog's.
    public let status: Int32
    public let output: String
    public let error: String

    /// Whether the watchdog had to end it.
    public var isHung: Bool { status == 124 || status == 137 }

    /// All of it, for a test's comment.
    public var text: String { "status \(status)\n--- output\n\(output)\n--- error\n\(error)" }

    /// The lines of standard error, but those that a sanitizer or a shell could add are not looked for.
    public var errorLines: [String] { error.split(separator: "\n").map(String.init) }
}
