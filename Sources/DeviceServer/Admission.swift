import LinuxSystem
import Logging

/// Who comes in, and what each user holds: one for a server, asked by all of its threads.
final class Admission: Sendable {
    private let policy: AccessPolicy
    private let limits: ClientLimits
    private let logger: Logger
    /// By user. They stay, as a rate that starts anew with each connection limits nothing; there are no more than users
    /// who are let in.
    private let accounts = Locked<[UInt32: ClientAccount]>([:])
    private let refusals: Locked<RateLimitedLog>

    init(policy: AccessPolicy, limits: ClientLimits, logger: Logger) {
        self.policy = policy
        self.limits = limits
        self.logger = logger
        refusals = Locked(RateLimitedLog(at: .now()))
    }

    /// Someone opens a device.
    /// - Throws: what open(2) is to say: EACCES, EMFILE.
    func admit(_ socket: borrowing UnixSocket, to node: Int) throws(Errno) -> Client {
        let peer = try check(socket, wants: "video\(node)")
        let account = account(of: peer.uid)
        guard let handle = account.chargeHandle() else { throw .tooManyOpenFiles }
        return Client(credentials: peer, account: account, handle: handle)
    }

    /// Whether who is at the other end may come in.
    /// - Throws: EACCES.
    @discardableResult
    func check(_ socket: borrowing UnixSocket, wants what: String) throws(Errno) -> UnixSocket.Credentials {
        let peer = try socket.peerCredentials()
        // A peer whose groups can't be known is in none.
        var groups: [UInt32] = []
        if !policy.groups.isEmpty { groups = (try? socket.peerGroups()) ?? [] }
        if policy.admits(peer, supplementary: { groups }) { return peer }
        if let left = refusals.withLock({ $0.mayWrite(at: .now()) }) {
            logger.warning(
                "\(what): user \(peer.uid) was not let in; --allow-user or --allow-group does\(left)",
                metadata: ["uid": "\(peer.uid)", "gid": "\(peer.gid)", "pid": "\(peer.pid)"])
        }
        throw .permissionDenied
    }

    private func account(of user: UInt32) -> ClientAccount {
        accounts.withLock { accounts in
            if let account = accounts[user] { return account }
            let account = ClientAccount(user: user, limits: limits, logger: logger)
            accounts[user] = account
            return account
        }
    }
}

/// Who has a device open.
struct Client: Sendable {
    /// As they were at the open.
    let credentials: UnixSocket.Credentials
    let account: ClientAccount
    /// For the open file; ends with the session.
    let handle: ClientCharge

    func isSameUser(as other: Client) -> Bool { credentials.uid == other.credentials.uid }

    var metadata: Logger.Metadata { ["uid": "\(credentials.uid)", "pid": "\(credentials.pid)"] }
}
