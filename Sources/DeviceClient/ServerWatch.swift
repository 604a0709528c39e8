import LinuxSystem

/// Waits for the end of the server, and answers for it then: what it had taken away is lost, and must not read as zeros,
/// nor hold up this process for ever.
final class ServerWatch: Sendable {
    let stop: EventDescriptor
    private let poll: EventPoll
    private let state = Locked(State())
    private let server: Int32

    /// One mapping, and who catches its faults.
    private final class Grant: Sendable {
        let userfault: Userfault
        let range: Range<UInt>

        init(_ userfault: consuming Userfault, _ range: Range<UInt>) {
            self.userfault = userfault
            self.range = range
        }
    }

    private struct State {
        var grants: [Grant] = []
        var isServerGone = false
    }

    /// - Parameter server: the connection's socket, the caller's; open until ``run()`` has returned.
    init(_ server: Int32) throws(Errno) {
        self.server = server
        stop = try EventDescriptor()
        poll = try EventPoll()
        try poll.add(stop.descriptor.raw, events: .input, token: Self.stopToken)
        // Only the end is waited for, which is always reported.
        try poll.add(server, events: [], token: Self.serverToken)
    }

    func add(_ userfault: consuming Userfault, _ range: Range<UInt>) {
        let grant = Grant(userfault, range)
        state.withLock { state in
            state.grants.append(grant)
            // It took the grant, and died before this.
            if state.isServerGone { takeOver(grant, number: state.grants.count - 1) }
        }
    }

    /// Until it is stopped.
    func run() {
        var batch = EventBatch()
        while (try? poll.wait(into: &batch)) != nil {
            for index in 0..<batch.count {
                switch batch[index].token {
                case Self.stopToken: return
                case Self.serverToken: takeOver()
                case let token: answer(state.withLock { $0.grants[Int(token - Self.firstGrant)] })
                }
            }
        }
    }

    /// The server is gone. If it went in order it has brought everything back, and catches nothing any more.
    private func takeOver() {
        try? poll.remove(server)
        state.withLock { state in
            state.isServerGone = true
            for (number, grant) in state.grants.enumerated() { takeOver(grant, number: number) }
        }
    }

    private func takeOver(_ grant: Grant, number: Int) {
        try? poll.add(grant.userfault.descriptor.raw, events: .input, token: Self.firstGrant + UInt64(number))
        // It may have died with a page protected, or with a fault taken and not answered.
        try? grant.userfault.unprotect(grant.range)
        grant.userfault.wake(grant.range)
    }

    private func answer(_ grant: Grant) {
        var faults = Userfault.Faults()
        guard (try? grant.userfault.take(into: &faults)) == true else { return }
        for index in 0..<faults.count {
            let fault = faults[index]
            // A page that is there by now is no matter.
            if fault.cause == .missingPage {
                try? grant.userfault.poison(fault.address..<fault.address + UInt(Memory.pageSize))
            } else {
                try? grant.userfault.unprotect(grant.range)
            }
            grant.userfault.wake(grant.range)
        }
    }

    private static let stopToken: UInt64 = 0
    private static let serverToken: UInt64 = 1
    private static let firstGrant: UInt64 = 2
}
