import CVideoABI

/// The server's answer. `struct vb2_reply`.
package struct ReplyHeader: Sendable {
    package var sequence: UInt32
    /// 0 or -errno.
    package var result: Int32
    package var argumentBytes = 0
    package var nestedBytes = 0
    package var descriptorCount = 0
    package var value: UInt64 = 0

    /// Bytes of the header; argument and nested array follow it.
    package static let byteCount = MemoryLayout<vb2_reply>.size

    package init(sequence: UInt32, result: Int32) {
        self.sequence = sequence
        self.result = result
    }

    /// Writes the header to the front of `bytes`, which has room for it.
    package func encode(into bytes: UnsafeMutableRawBufferPointer) {
        let raw = vb2_reply(
            sequence: sequence, result: result, argument_bytes: UInt32(argumentBytes),
            nested_bytes: UInt32(nestedBytes), descriptor_count: UInt32(descriptorCount), flags: 0, value: value)
        unsafe bytes.storeBytes(of: raw, as: vb2_reply.self)
    }
}

/// The answer to HELLO. `struct vb2_hello`.
package struct Hello: Sendable {
    package var handle: UInt64
    package var server: UInt64
    package var pageBytes: Int
    package var node: UInt32
    package var openFlags: UInt32

    package static let byteCount = MemoryLayout<vb2_hello>.size

    package init(handle: UInt64, server: UInt64, pageBytes: Int, node: UInt32, openFlags: UInt32) {
        self.handle = handle
        self.server = server
        self.pageBytes = pageBytes
        self.node = node
        self.openFlags = openFlags
    }

    package func encode(into bytes: UnsafeMutableRawBufferPointer) {
        let raw = vb2_hello(
            handle: handle, server: server, page_bytes: UInt32(pageBytes), node: node, open_flags: openFlags,
            reserved: (0, 0, 0))
        unsafe bytes.storeBytes(of: raw, as: vb2_hello.self)
    }
}

/// Numbers of the wire that both ends use.
package enum Wire {
    package static let doorbell = UInt8(ascii: "D")
    package static let mark = UInt8(ascii: "M")
    package static let refusal = UInt8(ascii: "R")
    package static let socketSuffix = ".vb2"
    /// Where a server tells what buffers it holds.
    package static let informationSocket = "buffers.info"
    package static let directoryVariable = "VB2_DIRECTORY"
}
