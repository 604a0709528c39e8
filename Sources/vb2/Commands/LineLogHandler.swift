import LinuxSystem
import Logging

/// Writes each log message as one line: level, text, then its metadata as key=value in the keys' order.
struct LineLogHandler: LogHandler {
    /// Where lines go.
    enum Destination: Sendable {
        case standardError
        /// Standard error too, of a service: each line begins with its priority (sd-daemon(3)).
        case journal
        case file(LogFile)
    }

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let destination: Destination

    init(_ destination: Destination, level: Logger.Level) {
        self.destination = destination
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let line = Self.line(level: event.level, message: event.message.description, metadata: all)
        switch destination {
        case .journal: StandardError.write("<\(Self.priority(of: event.level))>\(line)\n")
        case .standardError: StandardError.write("vb2: \(line)\n")
        case .file(let file): file.write("\(line)\n")
        }
    }

    /// As syslog numbers them.
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// The text of a line, without its end.
    static func line(level: Logger.Level, message: String, metadata: Logger.Metadata) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (["\(level):", message] + pairs).joined(separator: " ")
            .split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

/// A file that log lines are added to.
final class LogFile: Sendable {
    private let descriptor: OwnedDescriptor

    /// - Throws: `CommandFailure` (73) when it can't be made.
    init(_ path: String) throws(CommandFailure) {
        do { descriptor = try Files.open(path, .writeOnly, options: [.create, .truncate, .append]) } catch {
            throw .output("can't write the log '\(path)': \(error); use another --log")
        }
    }

    /// One write, so that the lines of two threads don't mix. A full disk costs lines, never frames.
    func write(_ text: String) { try? descriptor.writeAll(text) }
}
