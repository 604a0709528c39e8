import DeviceProtocol
import LinuxSystem

/// One process's private line to a handle: requests come in, answers go out, one at a time.
final class ControlChannel: EventHandler {
    private let socket: UnixSocket
    private unowned let session: Session
    private var token: UInt64 = 0
    private var isPaused = false
    /// For a process that isn't the first of its session.
    private let charge: ClientCharge?
    /// What the process was handed, and waits for.
    let guards = GuardAccount()

    init(
        adopting descriptor: consuming OwnedDescriptor, session: Session, charge: ClientCharge?
    ) throws(Errno) {
        try descriptor.setNonblocking(true)
        socket = UnixSocket(adopting: descriptor)
        self.session = session
        self.charge = charge
        try listen()
    }

    private func listen() throws(Errno) {
        token = try session.host.loop.add(socket.descriptor.raw, events: [.input, .readHangUp], self)
    }

    /// Stops listening; the socket closes with this object.
    func close() {
        guards.retireAll()
        isPaused = false
        session.host.loop.remove(socket.descriptor.raw, token: token)
    }

    func handle(_ events: Events) {
        if let time = session.client.account.delayOfRequest(at: .now()) { return pause(until: time) }
        do throws(Errno) {
            // One message a turn: a program that floods waits behind the others.
            guard var message = unsafe try socket.receiveNonblocking(into: session.host.messages.whole) else { return }
            if message.count == 0 {
                message.descriptors.reap()
                session.channelEnded(self)
            } else {
                session.receive(message, on: self)
            }
        } catch {
            session.channelEnded(self)
        }
    }

    /// Its user asks too much: what the process sends waits in the socket, and so does the news of its end.
    private func pause(until time: MonotonicTime) {
        session.host.loop.remove(socket.descriptor.raw, token: token)
        isPaused = true
        session.host.pacer.pause(self, until: time)
    }

    /// The time has come.
    func resume() {
        // It may be closed by now, and its session gone.
        guard isPaused else { return }
        isPaused = false
        do throws(Errno) {
            try listen()
        } catch {
            // The kernel has no memory for one more event.
            session.channelEnded(self)
        }
    }

    /// Sends an answer, with at most one descriptor. A program that does not read its answers loses them.
    func send(_ reply: ReplyHeader, descriptor: Int32? = nil) {
        do throws(Errno) {
            try transmit(reply, descriptor)
        } catch {
            // The program waits for an answer: it gets the errno instead, or the end of its line.
            if error == .brokenPipe || error == .connectionReset { return }
            session.host.reportExhaustion("an answer could not be sent", error)
            let failure = ReplyHeader(sequence: reply.sequence, result: -Refusal.errno(of: error).rawValue)
            if descriptor == nil || (try? transmit(failure, nil)) == nil { try? socket.shutdown() }
        }
    }

    private func transmit(_ reply: ReplyHeader, _ descriptor: Int32?) throws(Errno) {
        var reply = reply
        reply.descriptorCount = descriptor == nil ? 0 : 1
        let bytes = unsafe session.host.messages.answer(reply)
        if let descriptor {
            let list: [1 of Int32] = [descriptor]
            _ = unsafe try socket.sendNonblocking(bytes, descriptors: list.span)
        } else {
            _ = unsafe try socket.sendNonblocking(bytes)
        }
    }
}
