import LinuxSystem
package import Logging

/// Keeps what a server logs.
package final class RecordingLog: Sendable {
    private let kept = Locked<[String]>([])

    package init() {}

    package var lines: [String] { kept.withLock { $0 } }

    package func contains(_ text: String) -> Bool { lines.contains { $0.contains(text) } }

    /// Waits for a line that a server writes after it has answered, five seconds at most.
    package func comesToContain(_ text: String) -> Bool {
        for _ in 0..<1000 where !contains(text) {
            guard let never = try? EventDescriptor() else { return contains(text) }
            _ = try? never.descriptor.wait(for: .input, timeout: .milliseconds(5))
        }
        return contains(text)
    }

    package func count(of text: String) -> Int { lines.count { $0.contains(text) } }

    /// Sessions that the server ended by itself.
    package var cutOffs: [String] { lines.filter { $0.contains("a program was cut off") } }

    package var logger: Logger {
        Logger(label: "hostile") { [self] _ in Handler(log: self) }
    }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var logLevel = Logger.Level.warning
        var metadata = Logger.Metadata()

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.kept.withLock { $0.append("\(event.message)") }
        }
    }
}
