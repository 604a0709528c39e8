import DeviceProtocol
import LinuxSystem
import Logging
import V4L2Types
import VideoDevice

/// One thread of a server: its loop and its devices.
enum ServerThread {
    static func run(
        _ share: [DeviceSpecification], server: DeviceServer, desk: StatusDesk, started: StartSignal
    ) {
        do throws(ServerError) {
            let running = try Running(share, server, desk)
            started.signal(.started)
            running.run()
        } catch {
            started.signal(.failed(error))
        }
    }

    /// The devices of the thread and what they share, from start to stop.
    private final class Running: EventHandler {
        private let loop: EventLoop
        private let pacer: RequestPacer
        private var hosts: [DeviceHost] = []
        private var paths: [String] = []
        private let server: DeviceServer
        private var stopToken: UInt64 = 0

        init(_ share: [DeviceSpecification], _ server: DeviceServer, _ desk: StatusDesk) throws(ServerError) {
            self.server = server
            do throws(Errno) {
                loop = try EventLoop()
                pacer = try RequestPacer(loop: loop)
                _ = try StatusDesk.Clerk(desk, on: loop) { [unowned self] in hosts.map(\.status) }
                // The last that may fail: from here on the loop knows this object, until `stopHosts`.
                stopToken = try loop.add(server.stopDescriptor, events: .input, self)
            } catch {
                throw ServerError("can't wait for programs: \(error)")
            }
            let configuration = server.configuration
            let context = HostContext(
                server: Self.serverNumber,
                loop: loop, messages: MessageBuffer(), fillerRoom: MessageBuffer(byteCount: 4096),
                count: server.handleCount, admission: server.admission, pacer: pacer, logger: configuration.logger,
                onReport: configuration.onReport)
            do throws(ServerError) {
                for specification in share { try host(specification, context) }
            } catch {
                stopHosts()
                throw error
            }
        }

        private func host(_ specification: DeviceSpecification, _ context: HostContext) throws(ServerError) {
            let device: any StreamingDevice
            do {
                device = try specification.make()
            } catch {
                throw ServerError("\(error)", cause: error)
            }
            let path = "\(server.configuration.directory)/video\(specification.node)\(Wire.socketSuffix)"
            if (try? UnixSocket.connect(path: path, kind: .stream, nonblocking: true)) != nil {
                throw ServerError("a server listens at \(path) already; stop it, or choose another folder")
            }
            do throws(Errno) {
                // Left over from a server that was killed.
                try? Files.remove(path)
                let listener = try UnixSocket.listen(
                    path: path, kind: .stream, mode: server.configuration.access.socketMode)
                paths.append(path)
                hosts.append(
                    try DeviceHost(
                        specification: specification, type: device.bufferType, device: device, listener: listener,
                        context: context))
            } catch {
                throw ServerError("can't listen at \(path): \(error); is the folder there, and yours?")
            }
        }

        /// A number that another server, at another time or in another process, hardly has.
        private static var serverNumber: UInt64 {
            UInt64(bitPattern: MonotonicTime.now().nanoseconds) ^ UInt64(UInt32(bitPattern: processID)) << 40
        }

        func run() {
            do throws(Errno) {
                try loop.run()
            } catch {
                // Out of memory for events: nothing can be waited for, so the devices end.
                server.configuration.logger.error("the devices end: can't wait for programs: \(error)")
            }
            stopHosts()
        }

        private func stopHosts() {
            for path in paths { try? Files.remove(path) }
            for host in hosts { host.stop() }
            hosts.removeAll()
            pacer.stop()
            // The loop knows this object, and this object the loop: without it neither would go away.
            loop.remove(server.stopDescriptor, token: stopToken)
        }

        /// The order to stop.
        func handle(_ events: Events) {
            loop.stop()
        }
    }
}
