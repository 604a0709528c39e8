import DeviceProtocol
import LinuxSystem
import Logging

/// Where programs come in, and what becomes of them when the process can't take them.
///
/// A connection that can't be accepted stays in the queue, so the socket stays readable: who looked again at once would
/// look for ever. So one descriptor is kept in reserve. When there is none left, it is closed for the moment in which
/// the connection is accepted, told ENFILE and closed. Where that doesn't help, nobody listens for ``pause``.
final class Listener: EventHandler {
    private let socket: UnixSocket
    private let name: String
    private let logger: Logger
    private var reserve: OwnedDescriptor?
    private let alarm: DeviceAlarm
    private var token: UInt64 = 0
    private var isOut = false
    private var refusals = RateLimitedLog(at: .now())
    private weak var loop: EventLoop?
    private weak var handler: (any EventHandler)?
    /// How often something was ready here, for tests: it is bounded however long the process is out of descriptors.
    private(set) var turns = 0

    init(_ socket: consuming UnixSocket, name: String, logger: Logger) throws(Errno) {
        self.socket = socket
        self.name = name
        self.logger = logger
        reserve = try self.socket.descriptor.duplicate()
        alarm = try DeviceAlarm()
    }

    func start(on loop: EventLoop, _ handler: any EventHandler) throws(Errno) {
        self.loop = loop
        self.handler = handler
        token = try loop.add(socket.descriptor.raw, events: .input, self)
        try alarm.start(on: loop) { [unowned self] in resume() }
    }

    func stop() {
        guard let loop else { return }
        loop.remove(socket.descriptor.raw, token: token)
        alarm.stop(on: loop)
    }

    func handle(_ events: Events) {
        turns += 1
        handler?.handle(events)
    }

    /// Takes the next connection; nil when there is none, or none that can be taken now.
    func accept() -> UnixSocket? {
        do throws(Errno) {
            let taken = try socket.accept()
            isOut = false
            return taken
        } catch {
            // One a turn here too: the socket stays readable, and who is refused without end waits behind the others.
            if refuseNext(because: error) {
                isOut = false
                return nil
            }
            // Said once, however long it lasts.
            if !isOut { logger.warning("\(name): nobody can be let in for now: \(error)") }
            isOut = true
            pauseListening()
            return nil
        }
    }

    /// Tells the next connection that there is no room, with the descriptor in reserve.
    /// - Returns: whether anyone was told.
    private func refuseNext(because error: Errno) -> Bool {
        guard error == .tooManyOpenFiles || error == .tooManyOpenFilesInSystem, reserve != nil else { return false }
        reserve = nil
        let isTold = tellNext(error)
        // The connection is closed by now, and its number is free for the next.
        takeReserve()
        return isTold
    }

    private func tellNext(_ error: Errno) -> Bool {
        guard let refused = (try? socket.accept()) ?? nil else { return false }
        if let left = refusals.mayWrite(at: .now()) {
            logger.warning("\(name): an open failed: the server is out of descriptors (\(error))\(left)")
        }
        Refusal.send(.tooManyOpenFilesInSystem, to: refused.descriptor.raw)
        return true
    }

    /// One more of a file that is open already: that takes one descriptor, and not a second for a moment.
    private func takeReserve() {
        reserve = try? socket.descriptor.duplicate()
    }

    private func pauseListening() {
        loop?.remove(socket.descriptor.raw, token: token)
        alarm.set(MonotonicTime.now() + Self.pause)
    }

    private func resume() {
        if reserve == nil { takeReserve() }
        do throws(Errno) {
            guard let loop else { return }
            token = try loop.add(socket.descriptor.raw, events: .input, self)
        } catch {
            alarm.set(MonotonicTime.now() + Self.pause)
        }
    }

    private static let pause = MonotonicDuration.nanoseconds(100_000_000)
}

/// The last that a program hears whose open is refused.
enum Refusal {
    static func send(_ error: Errno, to raw: Int32) {
        UnixSocket.sendByte(Wire.refusal, to: raw)
        UnixSocket.sendByte(UInt8(clamping: error.rawValue), to: raw)
    }

    /// What a program is told that the server has no room for: a full table is the server's, not the program's own.
    static func errno(of error: Errno) -> Errno {
        switch error {
        case .tooManyOpenFiles, .tooManyReferences: .tooManyOpenFilesInSystem
        case .noBufferSpace, .noSpace: .noMemory
        default: error
        }
    }
}
