import LinuxSystem

/// The stream for messages to people, apart from a command's output.
enum StandardError {
    static let number: Int32 = 2

    /// Whether a person watches it.
    static var isTerminal: Bool { Files.isTerminal(number) }

    /// Writes a text. A closed stream is no reason to fail: there is nobody to tell.
    static func write(_ text: String) { try? StandardStream.write(text, to: number) }
}

/// The stream for a command's output.
enum StandardOutput {
    static let number: Int32 = 1

    /// Writes a line at once, also into a pipe, where `print` would keep it back.
    /// - Throws: `CommandFailure` (73) when nobody can read it.
    static func writeLine(_ text: String) throws(CommandFailure) {
        do { try StandardStream.write(text + "\n", to: number) } catch {
            throw .output("can't write to standard output: \(error)")
        }
    }
}

private enum StandardStream {
    static func write(_ text: String, to number: Int32) throws(Errno) {
        // The number is lent for the call: the stream is the whole process's, and stays open.
        let stream = OwnedDescriptor(adopting: number)
        let result: Result<Void, Errno>
        do throws(Errno) { result = .success(try stream.writeAll(text)) } catch { result = .failure(error) }
        _ = stream.relinquish()
        try result.get()
    }
}
