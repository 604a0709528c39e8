import BufferSharing
import DeviceServer
import Imaging
import Logging
import PictureSources

/// The server with a command's devices.
final class DeviceHost: Sendable {
    private let server: DeviceServer

    /// - Parameters:
    ///   - directory: where the sockets will be; it exists, and is this user's own.
    ///   - heap: where all devices' buffers come from.
    ///   - access: who may open the devices.
    ///   - limits: how much each user may have.
    /// - Throws: `CommandFailure` (71).
    init(
        _ list: DeviceList, directory: String, heap: any BufferHeap, access: AccessPolicy = AccessPolicy(),
        limits: ClientLimits, logger: Logger
    ) throws(CommandFailure) {
        var configuration = ServerConfiguration(
            directory: directory, logger: logger, access: access, limits: limits)
        configuration.onReport = { report in
            logger.info("stream ended", metadata: Self.metadata(report))
        }
        let devices = list.entries.map { entry in
            DeviceSpecification(node: entry.node) {
                try entry.spec.makeDevice(node: entry.node, heap: heap) { line in logger.warning("\(line)") }
            }
        }
        do { server = try DeviceServer(configuration: configuration, devices: devices) } catch {
            throw .system("can't start the server: \(error)")
        }
    }

    /// Starts the server. Its sockets listen when this returns.
    /// - Throws: `CommandFailure`: 66 when a camera's input is broken, 73 when a recording can't
    ///   be written, 71 for anything else.
    func start() throws(CommandFailure) {
        do { try server.start() } catch {
            if let cause = error.cause as? PictureSourceError { throw .input(cause.message) }
            if let cause = error.cause as? ImagingError { throw .output(cause.message) }
            throw .system("can't start the server: \(error)")
        }
    }

    /// Returns when no process holds a device open.
    func waitUntilUnused() { server.waitUntilUnused() }

    /// Closes everything, and removes the sockets.
    func stop() { server.stop() }

    /// What a stream came to, for the log.
    static func metadata(_ report: StreamReport) -> Logger.Metadata {
        [
            "node": "\(report.node)", "memory": "\(report.memory)",
            // One word, so that a line can be split at its spaces.
            "format": "\(report.format.split(separator: " ").joined(separator: ":"))",
            "frames": "\(report.frames)", "untaken": "\(report.untaken)", "starved": "\(report.starved)",
            "late": "\(report.late)", "requests": "\(report.requests)", "wakes": "\(report.wakes)",
            "doorbells": "\(report.doorbells)", "copies": "\(report.copies)",
        ]
    }
}
