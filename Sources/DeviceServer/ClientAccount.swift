import BufferQueue
import BufferSharing
import LinuxSystem
import Logging

/// What one user holds of a server, on all its threads.
final class ClientAccount: QueueAccount, Sendable {
    let user: UInt32
    private let limits: ClientLimits
    private let state: Locked<State>
    private let logger: Logger

    private struct State {
        var usage = ClientUsage()
        var requests: TokenBucket
        var complaints: RateLimitedLog
    }

    init(user: UInt32, limits: ClientLimits, logger: Logger, now: MonotonicTime = .now()) {
        self.user = user
        self.limits = limits
        self.logger = logger
        let requests = TokenBucket(rate: limits.requestsPerSecond, capacity: limits.requestsPerSecond, at: now)
        state = Locked(State(requests: requests, complaints: RateLimitedLog(at: now)))
    }

    /// How much of something the user has.
    func held(_ resource: ClientResource) -> Int { state.withLock { $0.usage[resource] } }

    // MARK: Handles and buffers

    /// A handle, or one more process that speaks on it.
    /// - Returns: nil if the user has as many as allowed: EMFILE.
    func chargeHandle() -> ClientCharge? { try? take([.handles: 1]) }

    func charge(for item: QueueItem) throws(BufferSharingError) -> any QueueCharge {
        switch item {
        case .buffer: try take([.buffers: 1])
        case .memory(let bytes): try take([.bytes: bytes])
        case .pin(let bytes): try take([.pins: 1, .pinnedBytes: bytes])
        }
    }

    private func take(_ amounts: [ClientResource: Int]) throws(BufferSharingError) -> ClientCharge {
        let missing = state.withLock { $0.usage.take(amounts, within: limits) }
        guard let missing else { return ClientCharge(amounts, of: self) }
        let text = "user \(user) has \(held(missing)) of the \(limits.limit(of: missing)) \(missing.rawValue) that one "
        complain(text + "may have; \(missing.flag) allows more")
        throw BufferSharingError(.overLimit, errno: .noMemory, context: "limit of \(missing.rawValue)")
    }

    fileprivate func give(back amounts: [ClientResource: Int]) {
        state.withLock { $0.usage.give(back: amounts) }
    }

    // MARK: Requests

    /// A request is about to be read.
    /// - Returns: nil if it may be; else when to look again. That is not at the very next token but after some
    ///   milliseconds, so that many channels which wait don't take turns at waking the thread.
    func delayOfRequest(at now: MonotonicTime) -> MonotonicTime? {
        let time = state.withLock { state -> MonotonicTime? in
            state.requests.take(at: now) ? nil : state.requests.time(of: 1)
        }
        guard let time else { return nil }
        complain(
            "user \(user) asks more than \(limits.requestsPerSecond) times a second, and waits; --limit-requests allows more"
        )
        return max(time, now + Self.leastDelay)
    }

    /// The request that was read last was none that counts.
    func giveBackRequest() { state.withLock { $0.requests.giveBack() } }

    private static let leastDelay = MonotonicDuration.milliseconds(10)

    /// A line of the log, unless there were many.
    private func complain(_ line: String) {
        guard let left = state.withLock({ $0.complaints.mayWrite(at: .now()) }) else { return }
        logger.warning("\(line)\(left)", metadata: ["uid": "\(user)"])
    }
}

/// Something that was charged to a user, who gets it back when this ends.
final class ClientCharge: QueueCharge, Sendable {
    private let amounts: [ClientResource: Int]
    private let account: ClientAccount

    fileprivate init(_ amounts: [ClientResource: Int], of account: ClientAccount) {
        self.amounts = amounts
        self.account = account
    }

    deinit { account.give(back: amounts) }
}
