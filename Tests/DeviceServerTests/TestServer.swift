import DeviceClient
import DeviceServer
import HostileSupport
import LinuxSystem
import Logging

/// A server with counting devices in a folder of its own, stopped and removed at the end.
final class TestServer {
    let directory: String
    let server: DeviceServer

    init(
        _ devices: [DeviceSpecification], access: AccessPolicy = AccessPolicy(),
        limits: ClientLimits = ClientLimits(memory: Memory.total), log: RecordingLog? = nil
    ) throws {
        directory = try Files.makeTemporaryDirectory(prefix: "vb2-test-")
        server = try DeviceServer(
            configuration: ServerConfiguration(
                directory: directory, logger: log?.logger ?? Self.silent, threads: 1, access: access, limits: limits),
            devices: devices)
        try server.start()
    }

    /// Of what is only a warning, nothing is said.
    private static var silent: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .error
        return logger
    }

    convenience init() throws {
        try self.init([DeviceSpecification(node: 0) { CountingDevice() }])
    }

    func connect(_ node: Int = 0) throws(Errno) -> DeviceConnection {
        try DeviceConnection(path: "\(directory)/video\(node).vb2")
    }

    deinit {
        server.stop()
        try? Files.removeTree(directory)
    }
}
