import CLinuxSystem
public import SystemPackage

/// One message to a socket that nobody is connected to (SOCK_DGRAM, unix(7)).
public enum Datagram {
    /// Sends a text, and waits while the receiver's queue is full.
    /// - Parameter address: a path, or "@" and a name of the abstract namespace, as $NOTIFY_SOCKET has it.
    /// - Throws: ENOENT, ECONNREFUSED when nobody listens there; EACCES; ENAMETOOLONG beyond 107 bytes; EINVAL for an
    ///   empty address.
    public static func send(_ text: String, to address: String) throws(Errno) {
        let bytes = Array(text.utf8)
        _ = try unsafe bytes.withUnsafeBufferPointer { buffer throws(Errno) in
            try retrying { unsafe linux_send_datagram(address, buffer.baseAddress, buffer.count) }
        }
    }
}
