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

    @Flag(name: .shortAndLong, help: "Say on standard error what the server does.")
    var verbose = false

    /// - Throws: `CommandFailure`, see ``DeviceList``.
    func list() throws(CommandFailure) -> DeviceList {
        try DeviceList(devices, firstNode: node)
    }

    /// - Throws: `CommandFailure` (73) when the log can't be written.
    func logger() throws(CommandFailure) -> Logger {
        let destination: LineLogHandler.Destination =
            if let log { .file(try LogFile(log)) } else { .standardError }
        let level: Logger.Level = verbose ? .debug : log == nil ? .warning : .info
        return Logger(label: "vb2") { _ in LineLogHandler(destination, level: level) }
    }
}
