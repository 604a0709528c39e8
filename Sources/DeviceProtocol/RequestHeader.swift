import CVideoABI

/// What a program asks for. `struct vb2_request`, decoded and checked.
package struct RequestHeader: Sendable, Equatable {
    package enum Operation: UInt32, Sendable, CaseIterable {
        case hello = 1
        case ioctl = 2
        case map = 3
        case plane = 4
        case startIO = 5
        case wake = 6
        case sync = 7
        case guardPlane = 8
    }

    /// Why a message is not a request. The session ends.
    package enum Fault: Error, Equatable {
        case tooShort
        case version(UInt32)
        case unknownOperation(UInt32)
        case lengthsDisagree
    }

    package var sequence: UInt32
    package var operation: Operation
    package var command: UInt32
    package var argumentBytes: Int
    package var nestedBytes: Int
    package var isFaulted: Bool
    package var value: UInt32
    package var offset: UInt64
    package var length: UInt64

    /// Bytes of the header; argument and nested array follow it.
    package static let byteCount = MemoryLayout<vb2_request>.size
    /// Bytes of the longest message.
    package static let longestMessage =
        byteCount + Int(VB2_ARGUMENT_BYTES_MAXIMUM) + Int(VB2_NESTED_BYTES_MAXIMUM)

    /// Decodes the front of `message`, whose length must be what the header says.
    package init(decoding message: UnsafeRawBufferPointer) throws(Fault) {
        guard message.count >= Self.byteCount else { throw .tooShort }
        let raw = unsafe message.loadUnaligned(as: vb2_request.self)
        guard raw.version == VB2_WIRE_VERSION else { throw .version(raw.version) }
        guard let operation = Operation(rawValue: raw.operation) else { throw .unknownOperation(raw.operation) }
        let (argument, nested) = (Int(raw.argument_bytes), Int(raw.nested_bytes))
        guard argument <= Int(VB2_ARGUMENT_BYTES_MAXIMUM), nested <= Int(VB2_NESTED_BYTES_MAXIMUM),
            message.count == Self.byteCount + argument + nested
        else { throw .lengthsDisagree }
        sequence = raw.sequence
        self.operation = operation
        command = raw.command
        argumentBytes = argument
        nestedBytes = nested
        isFaulted = raw.flags & UInt32(VB2_REQUEST_FAULTED) != 0
        value = raw.value
        offset = raw.offset
        length = raw.length
    }
}
