import ArgumentParser
import Logging

/// What `run` and `serve` have in common.
struct DeviceOptions: ParsableArguments {
    // One option with two names: the devices are numbered in the order in which they are named, and the SPEC says
    // which kind it is.
    @Option(
        name: [.customLong("camera"), .customShort("c"), .customLong("display")],
        help: ArgumentHelp(
            "A device; may be given several times. Default: one test pattern camera.", valueName: "spec"))
    var devices: [String] = []

    @Option(help: ArgumentHelp("The N of the first device's /dev/videoN.", valueName: "n"))
    var node = 0

    @Option(
        help: ArgumentHelp("Write the server's log, with the counters of each stream, to a file.", valueName: "file"))
    var log: String?

    @Option(
        help: ArgumentHelp(
            "What is worth a line: trace, debug, info, notice, warning, error. Default: info with --log, else warning.",
            valueName: "level"), transform: level)
    var logLevel: Logger.Level?

    @Flag(name: .shortAndLong, help: "The same as --log-level=debug.")
    var verbose = false

    private static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else {
            throw ValidationError("no level '\(name)'; use debug, info, notice, warning or error")
        }
        return level
    }

    /// - Throws: `CommandFailure`, see ``DeviceList``.
    func list() throws(CommandFailure) -> DeviceList {
        try DeviceList(devices, firstNode: node)
    }

    /// - Throws: `CommandFailure` (73) when the log can't be written.
    func logger() throws(CommandFailure) -> Logger {
        let destination: LineLogHandler.Destination =
            if let log { .file(try LogFile(log)) } else { Journal.isStandardError() ? .journal : .standardError }
        let level = logLevel ?? (verbose ? .debug : log == nil ? .warning : .info)
        return Logger(label: "vb2") { _ in LineLogHandler(destination, level: level) }
    }
}
