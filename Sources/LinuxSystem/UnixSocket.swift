import CLinuxSystem
public import SystemPackage

/// A socket of the AF_UNIX family (unix(7)), close-on-exec.
public struct UnixSocket: ~Copyable, Sendable {
    /// Whether messages keep their boundaries.
    public enum Kind: Hashable, Sendable {
        /// SOCK_STREAM: bytes in order.
        case stream
        /// SOCK_SEQPACKET: messages in order.
        case sequencedPacket
    }

    /// Who is at the other end, as it was when the connection was made (SO_PEERCRED).
    public struct Credentials: Hashable, Sendable {
        /// 0 when the peer is in a PID namespace that can't be seen from here.
        public var pid: Int32
        public var uid: UInt32
        public var gid: UInt32

        public init(pid: Int32, uid: UInt32, gid: UInt32) {
            self.pid = pid
            self.uid = uid
            self.gid = gid
        }
    }

    /// Two connected sockets.
    public struct Pair: ~Copyable, Sendable {
        public var first: UnixSocket
        public var second: UnixSocket

        /// Gives the first to one function and keeps the second.
        public consuming func split<Result: ~Copyable, Failure: Error>(
            _ body: (consuming UnixSocket, consuming UnixSocket) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try body(first, second)
        }
    }

    /// The most descriptors that a message carries here. The kernel's own limit is 253.
    public static var descriptorsPerMessage: Int { Int(LINUX_DESCRIPTORS_PER_MESSAGE) }

    public let descriptor: OwnedDescriptor

    /// Takes over a descriptor that is such a socket.
    public init(adopting descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Whether a stranger's descriptor is a socket of AF_UNIX that keeps packets, and no listener. This never waits,
    /// whatever it is: no kind of socket is asked for its family and type itself.
    public static func isPacketSocket(_ descriptor: borrowing OwnedDescriptor) -> Bool {
        linux_is_unix_packet_socket(descriptor.raw) == 1
    }

    /// Keeps the descriptor, and forgets that it is a socket.
    public consuming func intoDescriptor() -> OwnedDescriptor {
        descriptor
    }

    /// Makes a nonblocking socket that programs can connect to.
    ///
    /// A path that is there already is not replaced. The owner removes the path in the end.
    /// - Parameters:
    ///   - mode: the permissions of the path; they are in force before anyone can connect.
    ///   - backlog: how many connections may wait to be accepted.
    /// - Throws: EADDRINUSE; ENAMETOOLONG beyond 107 bytes; EACCES; ENOENT.
    public static func listen(
        path: String, kind: Kind, mode: UInt16 = 0o600, backlog: Int32 = 128
    ) throws(Errno) -> UnixSocket {
        let socket = try make(kind: kind, nonblocking: true)
        let raw = socket.descriptor.raw
        try checked(unsafe linux_unix_bind(raw, path))
        do {
            try checked(unsafe linux_change_mode(path, UInt32(mode)))
            // Until now a connect gets ECONNREFUSED, so nobody slips in with other permissions.
            try checked(linux_listen(raw, backlog))
        } catch {
            _ = unsafe linux_remove(path)
            throw error
        }
        return socket
    }

    /// Takes the next connection: a nonblocking socket, or nil when there is none.
    /// - Throws: EMFILE, ENFILE, ENOMEM: the connection stays in the queue.
    public func accept() throws(Errno) -> UnixSocket? {
        guard let raw = try retryingNonblocking({ linux_accept(descriptor.raw) }) else { return nil }
        return UnixSocket(adopting: OwnedDescriptor(adopting: Int32(raw)))
    }

    /// Connects to a path.
    /// - Parameter nonblocking: whether the socket is so from the start; connecting then gives EAGAIN
    ///   when the listener's backlog is full, and otherwise waits for room in it.
    /// - Throws: ENOENT; ECONNREFUSED; EACCES; EPROTOTYPE for the other kind; ENAMETOOLONG.
    public static func connect(path: String, kind: Kind, nonblocking: Bool = false) throws(Errno) -> UnixSocket {
        let socket = try make(kind: kind, nonblocking: nonblocking)
        _ = try retrying { unsafe linux_unix_connect(socket.descriptor.raw, path) }
        return socket
    }

    /// Makes two connected sockets (socketpair(2)).
    /// - Throws: EMFILE.
    public static func pair(kind: Kind, nonblocking: Bool = false) throws(Errno) -> Pair {
        var raw: [2 of Int32] = [-1, -1]
        var numbers = raw.mutableSpan
        try checked(
            unsafe numbers.withUnsafeMutableBufferPointer {
                unsafe linux_unix_pair(kind == .sequencedPacket, nonblocking, $0.baseAddress)
            })
        return Pair(
            first: UnixSocket(adopting: OwnedDescriptor(adopting: raw[0])),
            second: UnixSocket(adopting: OwnedDescriptor(adopting: raw[1])))
    }

    private static func make(kind: Kind, nonblocking: Bool) throws(Errno) -> UnixSocket {
        let raw = try checked(linux_unix_socket(kind == .sequencedPacket, nonblocking))
        return UnixSocket(adopting: OwnedDescriptor(adopting: Int32(raw)))
    }
}

extension UnixSocket {
    /// Who is at the other end.
    public func peerCredentials() throws(Errno) -> Credentials {
        var credentials = Credentials(pid: 0, uid: 0, gid: 0)
        try checked(
            unsafe linux_peer_credentials(
                descriptor.raw, &credentials.pid, &credentials.uid, &credentials.gid))
        return credentials
    }

    /// The supplementary groups of who is at the other end, as they were when the connection was made (SO_PEERGROUPS).
    /// - Throws: EAFNOSUPPORT and the like on what is no such socket.
    public func peerGroups() throws(Errno) -> [UInt32] {
        var groups = [UInt32](repeating: 0, count: 32)
        while true {
            var room = groups.mutableSpan
            let result = unsafe room.withUnsafeMutableBufferPointer {
                unsafe linux_peer_groups(descriptor.raw, $0.baseAddress, $0.count)
            }
            // A user may have 65536 of them; the kernel says ERANGE until there is room for all.
            if result == -Int(Errno.outOfRange.rawValue), groups.count < Self.groupLimit {
                groups = [UInt32](repeating: 0, count: groups.count * 8)
                continue
            }
            let count = try checked(result)
            return Array(groups.prefix(count))
        }
    }

    /// NGROUPS_MAX, and more.
    private static let groupLimit = 1 << 17

    /// How many bytes wait to be read (SIOCINQ); of sequenced packets, those of all together.
    public func unreadBytes() throws(Errno) -> Int {
        try checked(linux_unread_bytes(descriptor.raw))
    }

    /// Whether a descriptor came with one of the first 4096 unread bytes of a stream. Nothing is taken.
    public var hasUnreadDescriptor: Bool { linux_has_unread_descriptor(descriptor.raw) }

    /// Sets how much may be under way (SO_SNDBUF). The kernel doubles it, and has a least and a most.
    public func setSendBuffer(_ bytes: Int32) throws(Errno) {
        try checked(linux_set_send_buffer(descriptor.raw, bytes))
    }

    /// Sets SO_RCVBUF.
    public func setReceiveBuffer(_ bytes: Int32) throws(Errno) {
        try checked(linux_set_receive_buffer(descriptor.raw, bytes))
    }

    /// Which half of a connection to end.
    public enum Direction: Int32, Sendable {
        case reading = 0
        case writing = 1
        case both = 2
    }

    /// Ends a half of the connection, or both, for all duplicates of the socket.
    /// - Throws: ENOTCONN.
    public func shutdown(_ direction: Direction = .both) throws(Errno) {
        try checked(linux_shutdown(descriptor.raw, direction.rawValue))
    }
}
