import BufferSharing
import DeviceProtocol
import LinuxSystem
import Logging

/// Tells whoever asks, and is let in, how the devices are and what buffers this server holds: one line of text for each,
/// then the end of the connection. Who isn't let in is told so by one byte.
///
/// A thread of its own, since it looks at each page and may wait for a reader: no device waits for either.
final class InformationService: Sendable {
    private let path: String
    private let listener: Locked<UnixSocket>
    private let stopping: EventDescriptor
    /// Made before the thread: who starts the server learns that it can't be.
    private let poll: EventPoll
    private let thread = Locked<RunningThread?>(nil)
    private let admission: Admission
    private let logger: Logger
    private let devices: @Sendable () -> [DeviceStatus]

    /// - Throws: as for the sockets of devices.
    init(
        directory: String, mode: UInt16, admission: Admission, logger: Logger,
        devices: @escaping @Sendable () -> [DeviceStatus]
    ) throws(Errno) {
        path = "\(directory)/\(Wire.informationSocket)"
        self.admission = admission
        self.logger = logger
        self.devices = devices
        // Left over from a server that was killed: the devices' sockets have shown that none is alive.
        try? Files.remove(path)
        listener = Locked(try UnixSocket.listen(path: path, kind: .stream, mode: mode))
        stopping = try EventDescriptor()
        poll = try EventPoll()
        try poll.add(stopping.descriptor.raw, events: .input, token: 0)
        try poll.add(listener.withLock { $0.descriptor.raw }, events: .input, token: 1)
    }

    func start() throws(Errno) {
        let started = RunningThread(try SystemThread.start(name: "vb2-information") { [self] in serve() })
        thread.withLock { $0 = started }
    }

    func stop() {
        stopping.signal()
        thread.withLock { $0.take() }?.join()
        try? Files.remove(path)
    }

    private func serve() {
        do throws(Errno) {
            var batch = EventBatch()
            let raw = listener.withLock { $0.descriptor.raw }
            var isOut = false
            while true {
                // Who can't be accepted stays in the queue: looking again at once would be looking for ever.
                try poll.wait(into: &batch, timeout: isOut ? Self.pause : nil)
                for index in 0..<batch.count where batch[index].token == 0 { return }
                let wasOut = isOut
                if let error = answer() {
                    if !isOut { logger.warning("those who ask about buffers wait: \(error)") }
                    isOut = true
                } else {
                    isOut = false
                }
                if isOut != wasOut { try poll.modify(raw, events: isOut ? [] : .input, token: 1) }
            }
        } catch {
            // Whoever asks finds nothing there, and doesn't wait for an answer.
            try? Files.remove(path)
            try? listener.withLock { listener throws(Errno) in try listener.shutdown() }
            logger.warning("nobody can look at the buffers any more: \(error)")
        }
    }

    /// - Returns: why whoever asks can't be let in; nil if nobody asks any more, or one was answered.
    private func answer() -> Errno? {
        let socket: UnixSocket
        do throws(Errno) {
            guard let taken = try listener.withLock({ listener throws(Errno) in try listener.accept() }) else {
                return nil
            }
            socket = taken
        } catch {
            return error
        }
        // What can't be sent is the asker's loss; who doesn't read for a second has lost interest.
        do throws(Errno) {
            try admission.check(socket, wants: "information")
        } catch {
            UnixSocket.sendByte(Wire.refusal, to: socket.descriptor.raw)
            return nil
        }
        let lines = devices().map(\.line) + BufferInformation.all.map(\.line)
        let text = lines.map { $0 + "\n" }.joined()
        try? socket.descriptor.writeAll(Array(text.utf8), patience: .seconds(1))
        return nil
    }

    private static let pause = MonotonicDuration.nanoseconds(100_000_000)
}
