import ArgumentParser
import Logging

/// What `run` and `serve` have in common.
struct CameraOptions: ParsableArguments {
    @Option(
        name: [.long, .short],
        help: ArgumentHelp("A camera; may be given several times. Default: one test pattern.", valueName: "spec"))
    var camera: [String] = []

    @Option(help: ArgumentHelp("The N of the first camera's /dev/videoN.", valueName: "n"))
    var node = 0

    @Option(
        help: ArgumentHelp("Write the server's log, with the counters of each stream, to a file.", valueName: "file"))
    var log: String?

    @Flag(name: .shortAndLong, help: "Say on standard error what the server does.")
    var verbose = false

    /// - Throws: `CommandFailure`, see ``CameraList``.
    func cameras() throws(CommandFailure) -> CameraList {
        try CameraList(camera, firstNode: node)
    }

    /// - Throws: `CommandFailure` (73) when the log can't be written.
    func logger() throws(CommandFailure) -> Logger {
        let destination: LineLogHandler.Destination =
            if let log { .file(try LogFile(log)) } else { .standardError }
        let level: Logger.Level = verbose ? .debug : log == nil ? .warning : .info
        return Logger(label: "vb2") { _ in LineLogHandler(destination, level: level) }
    }
}
