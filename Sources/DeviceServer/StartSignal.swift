import LinuxSystem

enum StartOutcome: Sendable {
    case started
    case failed(ServerError)
}

/// A thread's word to the one who started it.
final class StartSignal: Sendable {
    private let outcome = Locked<StartOutcome?>(nil)
    private let event: EventDescriptor

    init() throws(Errno) {
        event = try EventDescriptor()
    }

    func signal(_ outcome: StartOutcome) {
        self.outcome.withLock { $0 = outcome }
        event.signal()
    }

    func wait() -> StartOutcome {
        while true {
            if let outcome = outcome.withLock({ $0 }) { return outcome }
            // Only a bad descriptor makes it fail, and this one is ours.
            _ = try? event.descriptor.wait(for: .input)
            _ = event.drain()
        }
    }
}
