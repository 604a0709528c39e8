import CVideoABI
import DeviceProtocol
import Glibc

/// A request as bytes. Each field can be wrong.
package struct HostileRequest {
    package var version: UInt32 = VB2_WIRE_VERSION
    package var operation: UInt32
    package var command: UInt32 = 0
    /// What the header says of them; nil for what is true.
    package var argumentBytes: UInt32?
    package var nestedBytes: UInt32?
    package var flags: UInt32 = 0
    package var value: UInt32 = 0
    package var offset: UInt64 = 0
    package var length: UInt64 = 0
    package var argument: [UInt8] = []
    package var nested: [UInt8] = []

    package init(_ operation: UInt32) {
        self.operation = operation
    }

    package func bytes(sequence: UInt32) -> [UInt8] {
        let header = vb2_request(
            version: version, sequence: sequence, operation: operation, command: command,
            argument_bytes: argumentBytes ?? UInt32(argument.count), nested_bytes: nestedBytes ?? UInt32(nested.count),
            flags: flags, value: value, offset: offset, length: length, reserved: (0, 0))
        return Self.bytes(of: header) + argument + nested
    }

    package static func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe [UInt8]($0) }
    }

    package static func hello(flags: UInt32) -> HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_HELLO))
        request.value = flags
        request.argument = [UInt8](repeating: 0, count: MemoryLayout<vb2_hello>.size)
        return request
    }

    package static func ioctl(_ command: UInt32, _ argument: [UInt8], nested: [UInt8] = []) -> HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_IOCTL))
        request.command = command
        request.argument = argument
        request.nested = nested
        return request
    }

    package static func requestBuffers(_ count: UInt32, type: UInt32, memory: UInt32) -> HostileRequest {
        var buffers = v4l2_requestbuffers()
        buffers.count = count
        buffers.type = type
        buffers.memory = memory
        return ioctl(VB2_VIDIOC_REQBUFS, bytes(of: buffers))
    }

    package static func buffer(_ command: UInt32, _ index: UInt32, type: UInt32, memory: UInt32) -> HostileRequest {
        var buffer = unsafe v4l2_buffer()
        unsafe buffer.index = index
        unsafe buffer.type = type
        unsafe buffer.memory = memory
        unsafe buffer.bytesused = 4096
        unsafe buffer.length = 4096
        return ioctl(command, unsafe withUnsafeBytes(of: buffer) { unsafe [UInt8]($0) })
    }

    package static func stream(on: Bool, type: UInt32) -> HostileRequest {
        ioctl(on ? VB2_VIDIOC_STREAMON : VB2_VIDIOC_STREAMOFF, bytes(of: type))
    }

    package static var capability: HostileRequest {
        ioctl(VB2_VIDIOC_QUERYCAP, [UInt8](repeating: 0, count: MemoryLayout<v4l2_capability>.size))
    }

    /// The first plane's file, for reading and writing.
    package static var map: HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_MAP))
        request.command = UInt32(MAP_SHARED)
        request.value = UInt32(PROT_READ | PROT_WRITE)
        request.length = 4096
        return request
    }

    /// To come with a descriptor that is said to be of userfaultfd(2).
    package static var guardOfFirstPlane: HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_GUARD))
        request.offset = 1 << 20
        request.length = 4096
        return request
    }

    package static var wake: HostileRequest { HostileRequest(UInt32(VB2_OP_WAKE)) }

    package static func sync(ringAgain: Bool = false) -> HostileRequest {
        var request = HostileRequest(UInt32(VB2_OP_SYNC))
        request.value = ringAgain ? 1 : 0
        return request
    }
}

/// An answer as it came.
package struct HostileAnswer {
    package var sequence: UInt32
    /// 0 or -errno.
    package var result: Int32
    package var value: UInt64
    package var argument: [UInt8]
    package var descriptor: SharedDescriptor?

    package init?(_ bytes: [UInt8], _ descriptor: SharedDescriptor?) {
        guard bytes.count >= ReplyHeader.byteCount else { return nil }
        let header = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: vb2_reply.self) }
        sequence = header.sequence
        result = header.result
        value = header.value
        argument = Array(bytes[ReplyHeader.byteCount...].prefix(Int(header.argument_bytes)))
        self.descriptor = descriptor
    }

    /// Of the answer to HELLO.
    package var pageBytes: Int {
        guard argument.count >= MemoryLayout<vb2_hello>.size else { return 0 }
        return unsafe argument.withUnsafeBytes { unsafe Int($0.loadUnaligned(as: vb2_hello.self).page_bytes) }
    }
}
