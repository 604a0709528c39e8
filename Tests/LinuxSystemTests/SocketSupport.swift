import LinuxSystem

/// Sends bytes and descriptors; the result is how many bytes went.
func send(
    _ socket: borrowing UnixSocket, _ bytes: [UInt8], _ descriptors: [Int32] = []
) throws(Errno) -> Int {
    try unsafe socket.send(bytes.span.bytes, descriptors: descriptors.span)
}

/// Receives at most so many bytes, and forgets them.
func receive(_ socket: borrowing UnixSocket, limit: Int = 4) throws(Errno) -> Received {
    var room = [UInt8](repeating: 0, count: limit)
    var span = room.mutableSpan
    var bytes = unsafe span.mutableBytes
    return try socket.receive(into: &bytes)
}
