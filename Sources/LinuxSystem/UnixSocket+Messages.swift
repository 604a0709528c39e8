import CLinuxSystem
public import SystemPackage

extension UnixSocket {
    /// Sends bytes, and descriptors with them (SCM_RIGHTS). Never raises SIGPIPE.
    ///
    /// The receiver gets duplicates; the sender's stay the sender's. Descriptors need at least one
    /// byte to travel with on a stream.
    /// - Parameters:
    ///   - bytes: on a stream fewer may be taken than there are; the result says.
    ///   - descriptors: at most 8.
    /// - Throws: EAGAIN on a nonblocking socket without room; EPIPE when the peer is gone; EMSGSIZE;
    ///   EINVAL for more than 8; ETOOMANYREFS when too many are under way.
    public func send(_ bytes: UnsafeRawBufferPointer, descriptors: Span<Int32> = Span()) throws(Errno) -> Int {
        let raw = descriptor.raw
        return unsafe try descriptors.withUnsafeBufferPointer { numbers throws(Errno) in
            try retrying {
                unsafe linux_send(
                    raw, bytes.baseAddress, bytes.count, numbers.baseAddress, numbers.count, false)
            }
        }
    }

    /// As ``send(_:descriptors:)`` with descriptors in an array.
    public func send(_ bytes: UnsafeRawBufferPointer, descriptors: [Int32]) throws(Errno) -> Int {
        unsafe try send(bytes, descriptors: descriptors.span)
    }

    /// As ``send(_:descriptors:)``, but doesn't wait whatever the socket's mode: nil when there is no room.
    public func sendNonblocking(
        _ bytes: UnsafeRawBufferPointer, descriptors: Span<Int32> = Span()
    ) throws(Errno) -> Int? {
        let raw = descriptor.raw
        return unsafe try descriptors.withUnsafeBufferPointer { numbers throws(Errno) in
            try retryingNonblocking {
                unsafe linux_send(
                    raw, bytes.baseAddress, bytes.count, numbers.baseAddress, numbers.count, true)
            }
        }
    }

    /// As ``sendNonblocking(_:descriptors:)`` with descriptors in an array.
    public func sendNonblocking(
        _ bytes: UnsafeRawBufferPointer, descriptors: [Int32]
    ) throws(Errno) -> Int? {
        unsafe try sendNonblocking(bytes, descriptors: descriptors.span)
    }

    /// Receives bytes, and the descriptors that came with them.
    /// - Throws: EAGAIN on a nonblocking socket with nothing to read; ECONNRESET.
    public func receive(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Received {
        var received = Received()
        let raw = descriptor.raw
        received.count = try retrying { unsafe received.fill(from: raw, into: buffer, nonblocking: false) }
        return received
    }

    /// As ``receive(into:)``, but doesn't wait whatever the socket's mode: nil when there is nothing.
    public func receiveNonblocking(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Received? {
        var received = Received()
        let raw = descriptor.raw
        let count = try retryingNonblocking {
            unsafe received.fill(from: raw, into: buffer, nonblocking: true)
        }
        guard let count else { return nil }
        received.count = count
        return received
    }

    /// Sends one byte without waiting, on a socket that the caller owns. Nothing happens if there is no room
    /// or no peer: a doorbell that rings already, or one that nobody hears.
    public static func sendByte(_ byte: UInt8, to raw: Int32) {
        var byte = byte
        _ = unsafe linux_send(raw, &byte, 1, nil, 0, true)
    }

}

/// What came with one receive.
public struct Received: ~Copyable, Sendable {
    /// In bytes. 0: the peer has closed (or, on sequenced packets, sent an empty message).
    public internal(set) var count = 0
    /// What came with the bytes, close-on-exec. Those that aren't taken are closed with this value.
    public var descriptors = ReceivedDescriptors()
    /// A packet was longer than the buffer (MSG_TRUNC).
    public internal(set) var bytesTruncated = false
    /// More descriptors were sent than fit, or than this process may open (MSG_CTRUNC).
    public internal(set) var descriptorsTruncated = false
    /// Something was lost: the message must not be trusted.
    public var truncated: Bool { bytesTruncated || descriptorsTruncated }

    init() {}

    mutating func fill(from raw: Int32, into buffer: UnsafeMutableRawBufferPointer, nonblocking: Bool) -> Int {
        var numbers: [8 of Int32] = [8 of Int32](repeating: -1)
        var found = 0
        var room = numbers.mutableSpan
        let result = unsafe room.withUnsafeMutableBufferPointer {
            unsafe linux_receive(
                raw, buffer.baseAddress, buffer.count, nonblocking, $0.baseAddress, &found, &bytesTruncated,
                &descriptorsTruncated)
        }
        if result >= 0 { descriptors.adopt(numbers, count: found) }
        return result
    }
}

/// At most 8 descriptors that came with a message; those that aren't taken are closed.
public struct ReceivedDescriptors: ~Copyable, Sendable {
    private var slots: [8 of OwnedDescriptor?] = [8 of OwnedDescriptor?] { _ in nil }
    /// How many came, taken or not.
    public private(set) var count = 0

    init() {}

    mutating func adopt(_ numbers: [8 of Int32], count: Int) {
        for index in 0..<count { slots[index] = OwnedDescriptor(adopting: numbers[index]) }
        self.count = count
    }

    /// Moves one out to the caller; nil when there is none with this index, or not any more.
    public mutating func take(_ index: Int) -> OwnedDescriptor? {
        guard index >= 0, index < count else { return nil }
        return slots[index].take()
    }
}
