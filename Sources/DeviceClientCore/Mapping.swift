import CVideoABI

/// mmap on a device: the server checks the request as the kernel does and hands out the plane's file.
enum Mapping {
    static func map(
        _ handle: Handle, _ fd: Int32, _ place: UnsafeMutableRawPointer?, _ length: UInt64, _ protection: Int32,
        _ flags: Int32, _ offset: UInt64
    ) -> Int64 {
        var request = Request(
            VB2_OP_MAP, command: UInt32(bitPattern: flags), value: UInt32(bitPattern: protection))
        request.header.offset = offset
        request.header.length = length
        let result = unsafe request.perform(handle, fd)
        defer { request.received.closeAll() }
        if result < 0 { return result }
        guard request.received.count == 1 else { return -Int64(request.wasTruncated ? EMFILE : ENODEV) }
        return unsafe System.map(place, length, protection, flags, request.received.numbers[0])
    }
}
