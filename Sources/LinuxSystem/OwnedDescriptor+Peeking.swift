import CLinuxSystem
public import SystemPackage

/// Looking at a socket without taking anything from it.
extension OwnedDescriptor {
    /// Whether it is an AF_UNIX socket of sequenced packets. Safe for any file of a stranger's: a file that
    /// is no socket isn't asked.
    public func isSequencedUnixSocket() -> Bool { linux_is_sequenced_unix_socket(raw) == 1 }

    /// Looks at a socket's next packet, which stays there for all who share the socket. Doesn't wait, and
    /// takes no descriptors (recv(2) with MSG_PEEK and MSG_TRUNC).
    /// - Returns: the packet's length, which may be more than there is room for; 0 when the peer has closed
    ///   (or sent an empty packet); nil when there is nothing.
    /// - Throws: ENOTSOCK; ENOTCONN; EINVAL for one that listens; ECONNRESET, once.
    public func peekNonblocking(into bytes: inout MutableRawSpan) throws(Errno) -> Int? {
        let raw = raw
        return try unsafe bytes.withUnsafeMutableBytes { buffer throws(Errno) in
            try retryingNonblocking { unsafe linux_peek(raw, buffer.baseAddress, buffer.count) }
        }
    }
}
