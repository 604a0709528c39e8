import DeviceProtocol
import LinuxSystem

/// Where a thread of devices is asked how they are. Only the thread itself looks at them, in its turn, and only when
/// somebody asks: so frames cost nothing more for being watched.
final class StatusDesk: Sendable {
    private let question: EventDescriptor
    private let answered: EventDescriptor
    private let statuses = Locked<[DeviceStatus]>([])

    /// - Throws: EMFILE; ENOMEM.
    init() throws(Errno) {
        question = try EventDescriptor()
        answered = try EventDescriptor()
    }

    /// Asks, and waits for the answer, for a second at most: a thread that takes longer is late, or has ended. One thread
    /// asks, which is none of the devices'.
    func ask() -> [DeviceStatus] {
        answered.drain()
        question.signal()
        _ = try? answered.descriptor.wait(for: .input, timeout: .seconds(1))
        return statuses.withLock { $0 }
    }

    /// The end of a thread's loop where the questions come in.
    final class Clerk: EventHandler {
        private let desk: StatusDesk
        private let look: () -> [DeviceStatus]

        init(_ desk: StatusDesk, on loop: EventLoop, _ look: @escaping () -> [DeviceStatus]) throws(Errno) {
            self.desk = desk
            self.look = look
            _ = try loop.add(desk.question.descriptor.raw, events: .input, self)
        }

        func handle(_ events: Events) {
            desk.question.drain()
            let now = look()
            desk.statuses.withLock { $0 = now }
            desk.answered.signal()
        }
    }
}
