import DeviceProtocol
import LinuxSystem

/// One process's private line to a handle: requests come in, answers go out, one at a time.
final class ControlChannel: EventHandler {
    private let socket: UnixSocket
    private unowned let session: Session
    private var token: UInt64 = 0
    /// What the process was handed, and waits for.
    let guards = GuardAccount()

    init(adopting descriptor: consuming OwnedDescriptor, session: Session) throws(Errno) {
        try descriptor.setNonblocking(true)
        socket = UnixSocket(adopting: descriptor)
        self.session = session
        token = try session.host.loop.add(socket.descriptor.raw, events: [.input, .readHangUp], self)
    }

    /// Stops listening; the socket closes with this object.
    func close() {
        guards.retireAll()
        session.host.loop.remove(socket.descriptor.raw, token: token)
    }

    func handle(_ events: Events) {
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

    /// Sends an answer, with at most one descriptor. A program that does not read its answers loses them.
    func send(_ reply: ReplyHeader, descriptor: Int32? = nil) {
        var reply = reply
        reply.descriptorCount = descriptor == nil ? 0 : 1
        let bytes = unsafe session.host.messages.answer(reply)
        if let descriptor {
            let list: [1 of Int32] = [descriptor]
            _ = unsafe try? socket.sendNonblocking(bytes, descriptors: list.span)
        } else {
            _ = unsafe try? socket.sendNonblocking(bytes)
        }
    }
}
