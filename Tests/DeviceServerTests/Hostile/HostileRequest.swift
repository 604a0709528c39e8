import CVideoABI
import DeviceProtocol

/// A request as bytes. Each field can be wrong.
struct HostileRequest {
    var version: UInt32 = VB2_WIRE_VERSION
    var operation: UInt32
    var command: UInt32 = 0
    /// What the header says of them; nil for what is true.
    var argumentBytes: UInt32?
    var nestedBytes: UInt32?
    var flags: UInt32 = 0
    var value: UInt32 = 0
    var offset: UInt64 = 0
    var length: UInt64 = 0
    var argument: [UInt8] = []
    var nested: [UInt8] = []

    init(_ operation: UInt32) {
        self.operation = operation
    }

    func bytes(sequence: UInt32) -> [UInt8] {
        let header = vb2_request(
            version: version, sequence: sequence, operation: operation, command: command,
            argument_bytes: argumentBytes ?? UInt32(argument.count), nested_bytes: nestedBytes ?? UInt32(nested.count),
            flags: flags, value: value, offset: offset, length: length, reserved: (0, 0))
        return Self.bytes(of: header) + argument + nested
    }

    static func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe [UInt8]($0) }
    }

    static func hello(flags: UInt32) -> HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_HELLO))
        request.value = flags
        request.argument = [UInt8](repeating: 0, count: MemoryLayout<vb2_hello>.size)
        return request
    }

    static func ioctl(_ command: UInt32, _ argument: [UInt8], nested: [UInt8] = []) -> HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_IOCTL))
        request.command = command
        request.argument = argument
        request.nested = nested
        return request
    }

    static func requestBuffers(_ count: UInt32, type: UInt32, memory: UInt32) -> HostileRequest {
        var buffers = v4l2_requestbuffers()
        buffers.count = count
        buffers.type = type
        buffers.memory = memory
        return ioctl(VB2_VIDIOC_REQBUFS, bytes(of: buffers))
    }

    static func buffer(_ command: UInt32, _ index: UInt32, type: UInt32, memory: UInt32) -> HostileRequest {
        var buffer = unsafe v4l2_buffer()
        unsafe buffer.index = index
        unsafe buffer.type = type
        unsafe buffer.memory = memory
        unsafe buffer.bytesused = 4096
        unsafe buffer.length = 4096
        return ioctl(command, unsafe withUnsafeBytes(of: buffer) { unsafe [UInt8]($0) })
    }

    static func stream(on: Bool, type: UInt32) -> HostileRequest {
        ioctl(on ? VB2_VIDIOC_STREAMON : VB2_VIDIOC_STREAMOFF, bytes(of: type))
    }

    static var capability: HostileRequest {
        ioctl(VB2_VIDIOC_QUERYCAP, [UInt8](repeating: 0, count: MemoryLayout<v4l2_capability>.size))
    }

    static var wake: HostileRequest { HostileRequest(UInt32(VB2_OP_WAKE)) }

    static func sync(ringAgain: Bool = false) -> HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_SYNC))
        request.value = ringAgain ? 1 : 0
        return request
    }
}

/// An answer as it came.
struct HostileAnswer {
    var sequence: UInt32
    /// 0 or -errno.
    var result: Int32
    var value: UInt64
    var argument: [UInt8]
    var descriptor: SharedDescriptor?

    init?(_ bytes: [UInt8], _ descriptor: SharedDescriptor?) {
        guard bytes.count >= ReplyHeader.byteCount else { return nil }
        let header = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: vb2_reply.self) }
        sequence = header.sequence
        result = header.result
        value = header.value
        argument = Array(bytes[ReplyHeader.byteCount...].prefix(Int(header.argument_bytes)))
        self.descriptor = descriptor
    }

    /// Of the answer to HELLO.
    var pageBytes: Int {
        guard argument.count >= MemoryLayout<vb2_hello>.size else { return 0 }
        return unsafe argument.withUnsafeBytes { unsafe Int($0.loadUnaligned(as: vb2_hello.self).page_bytes) }
    }
}
