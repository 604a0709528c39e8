import LinuxSystem

/// The thread that answers the page faults of guarded mappings, there while any are.
///
/// It takes no lock but for bookkeeping, and never touches guarded memory. Whoever moves memory never waits for it; it
/// waits for whoever moves what it was asked for.
final class FaultService: Sendable {
    static let shared = FaultService()

    private struct State {
        var members: [UInt64: GuardedMapping] = [:]
        var tokens: [ObjectIdentifier: UInt64] = [:]
        var lastToken: UInt64 = 0
        var inbox: FaultInbox?
    }

    private let state = Locked(State())

    /// From here on the mapping's faults are answered.
    /// - Throws: EMFILE; ENOMEM; EAGAIN for a thread too many.
    func add(_ mapping: GuardedMapping) throws(Errno) {
        try state.withLock { state throws(Errno) in
            let inbox: FaultInbox
            if let running = state.inbox { inbox = running } else { inbox = try start() }
            state.inbox = inbox
            state.lastToken += 1
            do throws(Errno) {
                try inbox.poll.add(mapping.userfault.descriptor.raw, events: .input, token: state.lastToken)
            } catch {
                Self.stopIfIdle(&state)
                throw error
            }
            state.members[state.lastToken] = mapping
            state.tokens[ObjectIdentifier(mapping)] = state.lastToken
        }
    }

    /// Forgets a mapping; one that isn't there is no matter.
    func remove(_ mapping: GuardedMapping) {
        state.withLock { state in
            guard let token = state.tokens.removeValue(forKey: ObjectIdentifier(mapping)) else { return }
            state.members[token] = nil
            // It isn't there any more if its maker has made it a descriptor that blocks.
            try? state.inbox?.poll.remove(mapping.userfault.descriptor.raw)
            Self.stopIfIdle(&state)
        }
    }

    /// Whether a mapping's faults are answered now.
    func has(_ mapping: GuardedMapping) -> Bool {
        state.withLock { $0.tokens[ObjectIdentifier(mapping)] != nil }
    }

    private static func stopIfIdle(_ state: inout State) {
        guard state.members.isEmpty else { return }
        state.inbox?.stop.signal()
        state.inbox = nil
    }

    private func start() throws(Errno) -> FaultInbox {
        let inbox = try FaultInbox()
        // It ends by itself when the inbox is stopped.
        _ = try SystemThread.start(name: "vb2-faults", stackSize: 512 << 10) { self.work(inbox) }
        return inbox
    }

    private func work(_ inbox: FaultInbox) {
        var batch = EventBatch()
        var faults = Userfault.Faults()
        while (try? inbox.poll.wait(into: &batch)) != nil {
            for index in 0..<batch.count {
                let (token, events) = batch[index]
                if token == FaultInbox.stopToken { return }
                guard let mapping = state.withLock({ $0.members[token] }) else { continue }
                if events.contains(.error) {
                    // Only what blocks says that, and it would say so without end. Who did it waits without end.
                    try? inbox.poll.remove(mapping.userfault.descriptor.raw)
                    continue
                }
                // One round each: who makes faults without end doesn't keep the others waiting.
                guard (try? mapping.userfault.take(into: &faults)) == true else { continue }
                for fault in 0..<faults.count { mapping.resolve(faults[fault]) }
            }
        }
    }
}

/// What the thread waits for.
private final class FaultInbox: Sendable {
    let poll: EventPoll
    let stop: EventDescriptor
    static let stopToken: UInt64 = 0

    init() throws(Errno) {
        poll = try EventPoll()
        stop = try EventDescriptor()
        try poll.add(stop.descriptor.raw, events: .input, token: Self.stopToken)
    }
}
