import DeviceServer
import LinuxSystem
import Logging

/// The server with a command's cameras, and why it couldn't start.
final class DeviceHost: Sendable {
    private let server: DeviceServer
    private let fault: Locked<CommandFailure?>

    /// - Parameter directory: where the sockets will be; it exists, and is this user's own.
    init(_ cameras: CameraList, directory: String, logger: Logger) {
        let fault = Locked<CommandFailure?>(nil)
        let specifications = cameras.entries.map { entry in
            DeviceSpecification(node: entry.node) {
                do { return try entry.spec.makeDevice() } catch {
                    // The server says that a device couldn't be made; the command, that its input is wrong.
                    fault.withLock { if $0 == nil { $0 = .input("\(error)") } }
                    throw error
                }
            }
        }
        server = DeviceServer(
            configuration: ServerConfiguration(directory: directory, logger: logger), devices: specifications)
        self.fault = fault
    }

    /// Starts the server. Its sockets listen when this returns.
    /// - Throws: `CommandFailure`: 66 when an input is broken, 71 for anything else.
    func start() throws(CommandFailure) {
        do { try server.start() } catch {
            throw fault.withLock { $0 } ?? .system("can't start the server: \(error)")
        }
    }

    /// Returns when no process holds a device open.
    func waitUntilUnused() { server.waitUntilUnused() }

    /// Closes everything, and removes the sockets.
    func stop() { server.stop() }
}
