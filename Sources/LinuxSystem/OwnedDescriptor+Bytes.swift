import CLinuxSystem
public import SystemPackage

extension OwnedDescriptor {
    /// Reads at most `buffer.count` bytes (read(2)); 0 is the end of the file.
    /// - Throws: EAGAIN from a nonblocking file that has nothing; what read(2) gives.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        try retrying { unsafe linux_read(raw, buffer.baseAddress, buffer.count) }
    }

    /// As ``read(into:)``, but EAGAIN gives nil.
    public func readNonblocking(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int? {
        try retryingNonblocking { unsafe linux_read(raw, buffer.baseAddress, buffer.count) }
    }

    /// Reads to the end of the file.
    /// - Parameter limit: the most bytes that are accepted.
    /// - Throws: EFBIG when there is more than `limit`; what read(2) gives.
    public func readToEnd(limit: Int = 16 << 20) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = try readOnce(into: &chunk)
            if count == 0 { return bytes }
            if bytes.count + count > limit { throw .fileTooLarge }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private func readOnce(into chunk: inout [UInt8]) throws(Errno) -> Int {
        var span = chunk.mutableSpan
        return try unsafe span.withUnsafeMutableBytes { buffer throws(Errno) in try unsafe read(into: buffer) }
    }

    /// Writes at most `buffer.count` bytes (write(2)), and says how many it took.
    /// - Throws: EAGAIN from a nonblocking file that has no room; EPIPE (and SIGPIPE: see
    ///   ``SignalDescriptor/ignore(_:)``); what write(2) gives.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int {
        try retrying { unsafe linux_write(raw, buffer.baseAddress, buffer.count) }
    }

    /// As ``write(_:)``, but EAGAIN gives nil.
    public func writeNonblocking(_ buffer: UnsafeRawBufferPointer) throws(Errno) -> Int? {
        try retryingNonblocking { unsafe linux_write(raw, buffer.baseAddress, buffer.count) }
    }

    /// Writes all the bytes, with as many calls as that takes.
    /// - Throws: as ``write(_:)``; some of the bytes may be written by then.
    public func writeAll(_ bytes: RawSpan) throws(Errno) {
        var rest = bytes
        while !rest.isEmpty {
            let written = try unsafe rest.withUnsafeBytes { buffer throws(Errno) in try unsafe write(buffer) }
            rest = rest.extracting(droppingFirst: written)
        }
    }

    /// Writes all the bytes to a nonblocking file, and waits for room so long each time.
    /// - Throws: ETIMEDOUT when there was no room for that long; what write(2) gives.
    public func writeAll(_ bytes: [UInt8], patience: MonotonicDuration) throws(Errno) {
        let span = bytes.span
        var rest = unsafe span.bytes
        while !rest.isEmpty {
            let written = try unsafe rest.withUnsafeBytes { buffer throws(Errno) in
                try unsafe writeNonblocking(buffer)
            }
            if let written {
                rest = rest.extracting(droppingFirst: written)
            } else if try !wait(for: .output, timeout: patience).contains(.output) {
                throw .timedOut
            }
        }
    }

    /// Writes all the bytes of a text in UTF-8.
    public func writeAll(_ text: String) throws(Errno) {
        try writeAll(Array(text.utf8))
    }

    /// Writes all the bytes of an array.
    public func writeAll(_ bytes: [UInt8]) throws(Errno) {
        try unsafe writeAll(bytes.span.bytes)
    }

    /// Sets the size of the file (ftruncate(2)); new bytes are zero.
    /// - Throws: EPERM when a seal forbids it; EINVAL when the file has no size.
    public func truncate(to size: Int) throws(Errno) {
        _ = try retrying { linux_truncate(raw, Int64(size)) }
    }
}
