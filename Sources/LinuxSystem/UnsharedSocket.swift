import CLinuxSystem
public import SystemPackage

/// A socket that stays with this process: a child that fork(2) makes doesn't keep it open, so that the peer
/// sees the end of this process at once.
///
/// Close-on-exec isn't enough for that, because a forked child may never call exec. In the child the number
/// is of a socket that is connected to nothing (pthread_atfork(3)). A child of a bare clone(2) keeps it.
public struct UnsharedSocket: ~Copyable, Sendable {
    public let socket: UnixSocket

    /// An unshared socket and its peer.
    public struct Pair: ~Copyable, Sendable {
        public var own: UnsharedSocket
        public var peer: UnixSocket

        /// Keeps the socket that stays, and gives the other away.
        public consuming func split<Result: ~Copyable, Failure: Error>(
            _ body: (consuming UnsharedSocket, consuming UnixSocket) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try body(own, peer)
        }
    }

    private init(socket: consuming UnixSocket) {
        self.socket = socket
    }

    deinit {
        linux_forget_unshared(socket.descriptor.raw)
    }

    /// Makes two connected sockets of sequenced packets, blocking and close-on-exec.
    /// - Throws: EMFILE; ENOMEM.
    public static func pair() throws(Errno) -> Pair {
        var raw: [2 of Int32] = [-1, -1]
        var numbers = raw.mutableSpan
        try checked(
            unsafe numbers.withUnsafeMutableBufferPointer { unsafe linux_unshared_pair($0.baseAddress) })
        return Pair(
            own: UnsharedSocket(socket: UnixSocket(adopting: OwnedDescriptor(adopting: raw[0]))),
            peer: UnixSocket(adopting: OwnedDescriptor(adopting: raw[1])))
    }
}
