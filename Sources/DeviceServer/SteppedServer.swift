package import LinuxSystem
package import Logging
package import VideoDevice

/// The devices of one thread of a server, without the thread: whoever has it turns the loop. For tests that count
/// turns, and for fuzzers, which want the same run for the same bytes.
package final class SteppedServer {
    private let loop: EventLoop
    private let directory: String
    private var hosts: [DeviceHost] = []
    private let count: HandleCount
    private let pacer: RequestPacer

    /// - Parameters:
    ///   - directory: where the sockets `videoN.vb2` are made.
    ///   - devices: video0 and so on, in their order.
    /// - Throws: as ``DeviceServer/start()``.
    package init(
        directory: String, devices: [any StreamingDevice], limits: ClientLimits = ClientLimits(memory: Memory.total),
        logger: Logger
    ) throws(Errno) {
        self.directory = directory
        loop = try EventLoop()
        count = try HandleCount()
        pacer = try RequestPacer(loop: loop)
        let admission = Admission(policy: AccessPolicy(), limits: limits, logger: logger)
        let context = HostContext(
            server: 1, loop: loop, messages: MessageBuffer(), fillerRoom: MessageBuffer(byteCount: 4096), count: count,
            admission: admission, pacer: pacer, logger: logger, onReport: nil)
        for (node, device) in devices.enumerated() {
            let listener = try UnixSocket.listen(path: path(node), kind: .stream)
            hosts.append(
                try DeviceHost(
                    specification: DeviceSpecification(node: node) { throw Errno.operationNotSupportedByDevice },
                    type: device.bufferType, device: device, listener: listener, context: context))
        }
    }

    package func path(_ node: Int) -> String { "\(directory)/video\(node).vb2" }

    /// Open sockets of programs.
    package var sessionCount: Int { hosts.reduce(0) { $0 + $1.sessions.count } }

    /// One turn of the loop, without waiting.
    /// - Returns: whether there was anything to do.
    @discardableResult package func turn() -> Bool {
        // It fails only when the kernel is out of memory for events.
        (try? loop.turn(timeout: .nanoseconds(0))) ?? false
    }

    /// Turns until there is nothing to do.
    /// - Returns: how often.
    @discardableResult package func settle(limit: Int = 10_000) -> Int {
        for count in 0..<limit where !turn() { return count }
        return limit
    }

    /// Ends all sessions, and removes the sockets.
    package func stop() {
        for host in hosts { host.stop() }
        for node in hosts.indices { try? Files.remove(path(node)) }
        hosts.removeAll()
        pacer.stop()
    }
}
