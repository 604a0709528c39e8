public import CVideoABI

/// Tells the server that this process waits for a plane's memory, which it has mapped at `address` and nowhere else.
///
/// For Swift programs alone: a program under the preload library can't promise that.
/// - Parameter userfault: stays the caller's.
/// - Returns: 0, or -errno: EOPNOTSUPP when the server's memory doesn't move in this way.
public func guardPlane(
    _ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, index: UInt32, plane: UInt32, address: UInt64,
    length: UInt64, userfault: Int32
) -> Int64 {
    var request = Request(VB2_OP_GUARD, command: index, value: plane)
    request.header.offset = address
    request.header.length = length
    request.descriptors.append(userfault)
    let result = unsafe request.perform(handle, fd)
    request.received.closeAll()
    return result
}
