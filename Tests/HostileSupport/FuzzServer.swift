import BufferSharing
import DeviceServer
import LinuxSystem
import Logging
import VideoDevice

/// A server of one device, for the time of one input.
final class FuzzServer {
    let device: HookedDevice
    private let server: SteppedServer
    private let directory: String

    init(kind: Int) {
        device = HookedDevice(FuzzDevices.make(kind))
        do {
            directory = try Files.makeTemporaryDirectory(prefix: "vb2-fuzz-")
            server = try SteppedServer(
                directory: directory, devices: [device],
                logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
        } catch {
            fatalError("no server: \(error)")
        }
    }

    func connect() -> HostileClient? { try? HostileClient(path: server.path(0)) }

    /// Connected, adopted, with a handle and the page.
    func open() -> HostileClient? {
        guard let client = connect(), (try? client.open(step: { self.turn() })) != nil else { return nil }
        return client
    }

    /// Lets the server do what it has to, and throws its answers away.
    func turn(_ client: HostileClient? = nil) {
        server.settle(limit: 8)
        guard let client else { return }
        while let answer = try? client.takeAnswer(), answer.sequence >= 0 {}
    }

    /// When all clients are gone.
    func finish() {
        device.onService = {}
        server.settle(limit: 2000)
        // A program's own socket among the strays is closed on another thread.
        DescriptorReaper.shared.waitUntilIdle()
        server.settle(limit: 2000)
        // A child that another test forks has all of our descriptors until it executes its program.
        for _ in 0..<1000 where server.sessionCount > 0 {
            if let never = try? EventDescriptor() {
                _ = try? never.descriptor.wait(for: .input, timeout: .milliseconds(5))
            }
            server.settle(limit: 2000)
        }
        require(server.sessionCount == 0, "\(server.sessionCount) sessions that nobody has")
        FuzzDevices.checkEnd(device.queue)
        server.stop()
        try? Files.removeTree(directory)
    }
}
