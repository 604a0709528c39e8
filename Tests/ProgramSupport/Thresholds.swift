import LinuxSystem

/// Counts that may not be exceeded, from a file of Benchmarks/Thresholds: `make bench` shows them, `make test` insists.
public struct Thresholds: Sendable {
    /// In the file's order.
    public let entries: [(name: String, limit: Double)]

    /// Reads lines of a name and a number; `#` begins a comment.
    /// - Throws: also for a line that has neither.
    public init(_ name: String) throws {
        let path = "\(Workspace.root)/Benchmarks/Thresholds/\(name).txt"
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        entries = try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let limit = Double(words[1]) else {
                throw WorkspaceError(text: "\(path): '\(line)' is no name and number")
            }
            return (String(words[0]), limit)
        }
    }
}
