import CVideoABI
import DeviceProtocol
import LinuxSystem

/// A program that speaks for itself: what the library's half would never send, or not as fast.
struct RawPeer: ~Copyable {
    let socket: UnixSocket
    let control: UnixSocket

    /// Opens the device, and says HELLO.
    static func open(path: String) throws(Errno) -> RawPeer {
        let socket = try UnixSocket.connect(path: path, kind: .stream)
        let control = try adopt(on: socket)
        let peer = RawPeer(socket: socket, control: control)
        try peer.send(VB2_OP_HELLO, value: 2, argument: [UInt8](repeating: 0, count: MemoryLayout<vb2_hello>.size))
        _ = try peer.reply()
        return peer
    }

    /// Sends one end of a new control channel, as a process does.
    private static func adopt(on socket: borrowing UnixSocket) throws(Errno) -> UnixSocket {
        let pair = try UnixSocket.pair(kind: .sequencedPacket)
        var bytes = [UInt8](repeating: 0x46, count: Int(VB2_FILLER_BYTES))
        bytes[0] = 0x41
        _ = try unsafe socket.send(bytes.span.bytes, descriptors: [pair.second.descriptor.raw].span)
        return pair.split { first, _ in first }
    }

    func send(
        _ operation: Int, command: UInt32 = 0, value: UInt32 = 0, argument: [UInt8] = [],
        descriptor: Int32? = nil
    ) throws(Errno) {
        var request = vb2_request()
        request.version = VB2_WIRE_VERSION
        request.operation = UInt32(operation)
        request.command = command
        request.value = value
        request.argument_bytes = UInt32(argument.count)
        let head = unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }
        let descriptors = descriptor.map { [$0] } ?? []
        _ = try unsafe control.send((head + argument).span.bytes, descriptors: descriptors.span)
    }

    /// Waits for an answer. - Returns: its result, 0 or -errno.
    func reply() throws(Errno) -> Int32 {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var room = bytes.mutableSpan
        var raw = unsafe room.mutableBytes
        let received = try control.receive(into: &raw)
        guard received.count >= MemoryLayout<vb2_reply>.size else { throw .connectionReset }
        return unsafe bytes.span.bytes.unsafeLoad(fromByteOffset: 4, as: Int32.self)
    }
}
