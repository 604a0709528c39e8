/// The same calls with spans, which need no unsafe pointers.
extension UnixSocket {
    /// Sends bytes, and at most 8 descriptors. See ``send(_:descriptors:)-(UnsafeRawBufferPointer,_)``.
    public func send(_ bytes: RawSpan, descriptors: Span<Int32> = Span()) throws(Errno) -> Int {
        try unsafe bytes.withUnsafeBytes { buffer throws(Errno) in
            try unsafe send(buffer, descriptors: descriptors)
        }
    }

    /// As ``send(_:descriptors:)``, but doesn't wait: nil when there is no room.
    public func sendNonblocking(_ bytes: RawSpan, descriptors: Span<Int32> = Span()) throws(Errno) -> Int? {
        try unsafe bytes.withUnsafeBytes { buffer throws(Errno) in
            try unsafe sendNonblocking(buffer, descriptors: descriptors)
        }
    }

    /// Receives into a span.
    public func receive(into bytes: inout MutableRawSpan) throws(Errno) -> Received {
        try unsafe bytes.withUnsafeMutableBytes { buffer throws(Errno) in try unsafe receive(into: buffer) }
    }

    /// As ``receive(into:)``, but doesn't wait: nil when there is nothing.
    public func receiveNonblocking(into bytes: inout MutableRawSpan) throws(Errno) -> Received? {
        try unsafe bytes.withUnsafeMutableBytes { buffer throws(Errno) in
            try unsafe receiveNonblocking(into: buffer)
        }
    }
}
