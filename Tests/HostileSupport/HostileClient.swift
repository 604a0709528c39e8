import CVideoABI
import DeviceProtocol
import Glibc
package import LinuxSystem

/// A program that speaks the wire protocol itself, byte by byte, so that it can speak it wrongly.
///
/// Nothing of ours stands between it and the server: neither the program's half of the rings, nor its checks.
package final class HostileClient {
    /// What an `open` gives a program.
    package let socket: UnixSocket
    /// Our end of the control channel; nil before `adopt`.
    package private(set) var control: ControlEnd?
    /// The shared page, once HELLO was answered.
    package private(set) var page: SharedPage?
    private var sequence: UInt32 = 0

    /// - Throws: what connecting gives; EAGAIN when too many wait to be accepted.
    package init(path: String) throws(Errno) {
        socket = try UnixSocket.connect(path: path, kind: .stream, nonblocking: true)
    }

    // MARK: Adoption

    /// Sends one end of a new pair, as the protocol wants it.
    package func adopt() throws(Errno) {
        let pair = try UnixSocket.pair(kind: .sequencedPacket, nonblocking: true)
        try sendAdoption([pair.second.descriptor.raw])
        control = ControlEnd(pair.split { ours, _ in ours })
    }

    /// An adoption's bytes, with whatever descriptors.
    package func sendAdoption(_ descriptors: [Int32]) throws(Errno) {
        var bytes = [UInt8](repeating: UInt8(ascii: "F"), count: Int(VB2_FILLER_BYTES))
        bytes[0] = UInt8(ascii: "A")
        _ = try Self.send(bytes, descriptors, on: socket.descriptor.raw)
    }

    package func forgetControl() { control = nil }

    /// Adopted, with a handle and the page.
    /// - Parameter flags: of the open(2).
    /// - Parameter step: lets a server without a thread act.
    package func open(flags: UInt32 = UInt32(O_RDWR), step: () -> Void = {}) throws {
        try adopt()
        try send(.hello(flags: flags))
        step()
        guard let answer = try answer(), answer.result == 0, let file = answer.descriptor else {
            throw Errno.protocolError
        }
        page = SharedPage(try MemoryMapping(descriptor: file.descriptor, length: answer.pageBytes, access: .readWrite))
    }

    // MARK: Requests

    /// Sends a message on the control channel, whole or not at all.
    package func send(_ request: HostileRequest, _ descriptors: [Int32] = []) throws(Errno) {
        guard let control else { throw .socketNotConnected }
        sequence &+= 1
        _ = try Self.send(request.bytes(sequence: sequence), descriptors, on: control.raw)
    }

    package func sendBytes(_ bytes: [UInt8], _ descriptors: [Int32] = []) throws(Errno) {
        guard let control else { throw .socketNotConnected }
        _ = try Self.send(bytes, descriptors, on: control.raw)
    }

    /// The next answer; nil when the channel has ended.
    /// - Throws: ETIMEDOUT: the server hangs.
    package func answer() throws(Errno) -> HostileAnswer? {
        guard let control else { return nil }
        let events = try control.socket.descriptor.wait(for: .input, timeout: .seconds(30))
        if events.isEmpty { throw .timedOut }
        return try takeAnswer()
    }

    /// As `answer`, but doesn't wait; nil also when there is none.
    package func takeAnswer() throws(Errno) -> HostileAnswer? {
        guard let control else { return nil }
        var room = [UInt8](repeating: 0, count: RequestHeader.longestMessage)
        var span = room.mutableSpan
        var bytes = unsafe span.mutableBytes
        guard var received = try control.socket.receiveNonblocking(into: &bytes), received.count > 0 else { return nil }
        var descriptor: SharedDescriptor?
        if let first = received.descriptors.take(0) { descriptor = SharedDescriptor(first) }
        return HostileAnswer(Array(room[..<received.count]), descriptor)
    }

    /// A request and the answer that belongs to it.
    /// - Parameter step: lets a server without a thread act.
    /// - Returns: nil when the channel has ended.
    package func ask(
        _ request: HostileRequest, _ descriptors: [Int32] = [], step: () -> Void = {}
    ) throws(Errno) -> HostileAnswer? {
        do throws(Errno) {
            try send(request, descriptors)
        } catch {
            if error == .brokenPipe || error == .connectionReset { return nil }
            throw error
        }
        step()
        while let answer = try answer() {
            if answer.sequence == sequence { return answer }
        }
        return nil
    }

    // MARK: The end

    /// Whether the server has hung up.
    package var isCutOff: Bool {
        guard let events = try? socket.descriptor.wait(for: .readHangUp, timeout: .nanoseconds(0)) else { return true }
        return !events.isEmpty
    }

    /// Waits until the server hangs up.
    /// - Returns: false when it doesn't.
    package func waitUntilCutOff() -> Bool {
        guard let events = try? socket.descriptor.wait(for: .readHangUp, timeout: .seconds(30)) else { return true }
        return !events.isEmpty
    }

    /// sendmsg(2) with any number of descriptors, those of ours that check nothing included.
    /// - Throws: EAGAIN without room; EPIPE.
    @discardableResult
    package static func send(_ bytes: [UInt8], _ descriptors: [Int32], on raw: Int32) throws(Errno) -> Int {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            unsafe descriptors.withUnsafeBufferPointer { numbers in
                unsafe sendAnything(raw, bytes, numbers)
            }
        }
        if result < 0 { throw Errno(rawValue: errno) }
        return result
    }

    private static func sendAnything(
        _ raw: Int32, _ bytes: UnsafeRawBufferPointer, _ descriptors: UnsafeBufferPointer<Int32>
    ) -> Int {
        var piece = unsafe iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        // A cmsghdr of 16 bytes, then the numbers.
        let size = 16 + descriptors.count * 4
        var control = [UInt8](repeating: 0, count: (size + 7) & ~7)
        return unsafe control.withUnsafeMutableBytes { control in
            unsafe withUnsafeMutablePointer(to: &piece) { piece in
                var message = unsafe msghdr()
                unsafe message.msg_iov = piece
                unsafe message.msg_iovlen = 1
                if descriptors.count > 0 {
                    unsafe control.storeBytes(of: size, as: Int.self)
                    unsafe control.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
                    unsafe control.storeBytes(of: 1, toByteOffset: 12, as: Int32.self)  // SCM_RIGHTS
                    unsafe UnsafeMutableRawBufferPointer(rebasing: control[16...])
                        .copyMemory(from: UnsafeRawBufferPointer(descriptors))
                    unsafe message.msg_control = control.baseAddress
                    unsafe message.msg_controllen = control.count
                }
                return unsafe sendmsg(raw, &message, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
        }
    }
}

/// The program's end of a control channel.
package final class ControlEnd {
    package let socket: UnixSocket

    package init(_ socket: consuming UnixSocket) {
        self.socket = socket
    }

    package var raw: Int32 { socket.descriptor.raw }
}

/// A descriptor that a value can hold.
package final class SharedDescriptor {
    package let descriptor: OwnedDescriptor

    package init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    package var raw: Int32 { descriptor.raw }
}
