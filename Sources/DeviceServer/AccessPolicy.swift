public import LinuxSystem

/// Who may open a server's devices: its own user and root, and whom the lists name.
///
/// What counts is who connects (SO_PEERCRED): that can't be forged. A descriptor that was opened can be passed on, as one
/// of /dev/video0 can: who gets it needs no permission of its own.
public struct AccessPolicy: Hashable, Sendable {
    /// The server's own user.
    public let owner: UInt32
    /// Others who may, by number.
    public var users: Set<UInt32>
    /// Groups of which each member may, by number.
    public var groups: Set<UInt32>

    public init(owner: UInt32 = effectiveUserID, users: Set<UInt32> = [], groups: Set<UInt32> = []) {
        self.owner = owner
        self.users = users
        self.groups = groups
    }

    /// Whether anybody is let in beside the owner and root.
    public var isShared: Bool { !users.isEmpty || !groups.isEmpty }

    /// Permissions of the sockets. With lists anybody may connect, and is told by the server whether he may go on:
    /// permissions know of one group at most.
    public var socketMode: UInt16 { isShared ? 0o666 : 0o600 }

    /// - Parameter supplementary: asked only if nothing else decides.
    func admits(_ peer: UnixSocket.Credentials, supplementary: () -> [UInt32]) -> Bool {
        if peer.uid == owner || peer.uid == 0 || users.contains(peer.uid) { return true }
        if groups.isEmpty { return false }
        return groups.contains(peer.gid) || !groups.isDisjoint(with: supplementary())
    }
}
