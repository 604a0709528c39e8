import LinuxSystem

/// Who is told of a descriptor's readiness.
protocol EventHandler: AnyObject {
    func handle(_ events: Events)
}

/// One thread's epoll loop. All that is registered here is used on this thread only.
final class EventLoop {
    private let poll: EventPoll
    private var batch = EventBatch()
    private var handlers: [UInt64: any EventHandler] = [:]
    private var lastToken: UInt64 = 0
    /// Devices that have more to do at once, in turn.
    private var ready: [DeviceHost] = []
    private var due: [DeviceHost] = []
    private var isStopping = false

    init() throws(Errno) {
        poll = try EventPoll()
    }

    /// Registers a descriptor. - Returns: the token that removes it.
    func add(_ raw: Int32, events: Events, _ handler: any EventHandler) throws(Errno) -> UInt64 {
        lastToken += 1
        try poll.add(raw, events: events, token: lastToken)
        handlers[lastToken] = handler
        return lastToken
    }

    /// Forgets a descriptor that is still open. Events of it that are already taken are dropped.
    func remove(_ raw: Int32, token: UInt64) {
        guard handlers.removeValue(forKey: token) != nil else { return }
        // It can only fail for a descriptor that isn't registered.
        try? poll.remove(raw)
    }

    /// Calls the host's `pump` once, after what is at hand.
    func schedule(_ host: DeviceHost) {
        ready.append(host)
    }

    func stop() {
        isStopping = true
    }

    private func dispatch(ends: Bool) {
        for index in 0..<batch.count {
            let (token, events) = batch[index]
            let isEnd = !events.intersection([.hangUp, .readHangUp, .error]).isEmpty
            if isEnd == ends { handlers[token]?.handle(events) }
        }
    }

    /// Runs until `stop`.
    func run() throws(Errno) {
        while !isStopping { _ = try turn(timeout: nil) }
    }

    /// One turn: what is at hand, at most a batch of it, and then each device that has more to do, once.
    /// - Parameter timeout: how long to wait if there is nothing; nil: without end.
    /// - Returns: whether there was anything.
    func turn(timeout: MonotonicDuration?) throws(Errno) -> Bool {
        try poll.wait(into: &batch, timeout: ready.isEmpty ? timeout : .nanoseconds(0))
        let wasIdle = batch.count == 0 && ready.isEmpty
        // The ends first. epoll gives what it gave last time before what is new: a program that closes one
        // handle and then asks on another would find the first still open.
        dispatch(ends: true)
        dispatch(ends: false)
        swap(&ready, &due)
        for host in due { host.pump() }
        due.removeAll(keepingCapacity: true)
        return !wasIdle
    }
}
