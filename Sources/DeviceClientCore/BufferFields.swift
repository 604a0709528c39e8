import CVideoABI

/// Between the program's `v4l2_buffer` and a slot of the page.
enum BufferFields {
    /// What QBUF reads of one plane, single- or multi-planar.
    struct Plane {
        var bytesUsed: UInt32
        var length: UInt32
        var dataOffset: UInt32
        /// The cookie, the address or the descriptor number.
        var reference: UInt64
    }

    @inline(__always)
    static func plane(
        _ buffer: UnsafeMutablePointer<v4l2_buffer>, _ planes: UnsafeMutablePointer<v4l2_plane>?, _ number: Int
    ) -> Plane {
        if let planes = unsafe planes {
            let plane = unsafe planes + number
            return unsafe Plane(
                bytesUsed: plane.pointee.bytesused, length: plane.pointee.length,
                dataOffset: plane.pointee.data_offset, reference: UInt64(plane.pointee.m.userptr))
        }
        return unsafe Plane(
            bytesUsed: buffer.pointee.bytesused, length: buffer.pointee.length, dataOffset: 0,
            reference: UInt64(buffer.pointee.m.userptr))
    }

    static let queuedFlag: UInt32 = 0x2  // V4L2_BUF_FLAG_QUEUED

    /// Writes what the kernel gives back of a buffer (source: fill_user_buffer), but its index and memory.
    /// - Parameter flags: the slot's, and that of the state that the buffer is in now.
    @inline(__always)
    static func fill(
        _ buffer: UnsafeMutablePointer<v4l2_buffer>, _ planes: UnsafeMutablePointer<v4l2_plane>?, _ page: Page,
        _ slot: UnsafeMutablePointer<vb2_slot>, _ memory: UInt32, flags: UInt32
    ) {
        unsafe buffer.pointee.flags = flags
        unsafe buffer.pointee.field = slot.pointee.field
        unsafe buffer.pointee.timestamp.tv_sec = Int(slot.pointee.seconds)
        unsafe buffer.pointee.timestamp.tv_usec = Int(slot.pointee.microseconds)
        unsafe buffer.pointee.timecode = v4l2_timecode()
        unsafe buffer.pointee.sequence = slot.pointee.sequence
        unsafe buffer.pointee.reserved2 = 0
        unsafe buffer.pointee.request_fd = 0
        guard let planes = unsafe planes else {
            let plane = unsafe slotPlane(slot, 0)
            unsafe buffer.pointee.bytesused = plane.pointee.bytes_used
            unsafe buffer.pointee.length = plane.pointee.length
            unsafe buffer.pointee.m.userptr = UInt(reference(memory, plane))
            return
        }
        let count = unsafe min(page.pointee.plane_count, UInt32(VB2_PLANES))
        unsafe buffer.pointee.bytesused = 0
        unsafe buffer.pointee.length = count
        for number in 0..<Int(count) {
            let plane = unsafe slotPlane(slot, number)
            unsafe planes[number].bytesused = plane.pointee.bytes_used
            unsafe planes[number].length = plane.pointee.length
            unsafe planes[number].data_offset = plane.pointee.data_offset
            unsafe planes[number].m.userptr = UInt(reference(memory, plane))
        }
    }

    @inline(__always)
    private static func reference(_ memory: UInt32, _ plane: UnsafeMutablePointer<vb2_plane_slot>) -> UInt64 {
        if memory == V4L2_MEMORY_MMAP.rawValue { return unsafe UInt64(plane.pointee.map_offset) }
        switch memory {
        case V4L2_MEMORY_USERPTR.rawValue: return unsafe plane.pointee.user_pointer
        case V4L2_MEMORY_DMABUF.rawValue: return unsafe UInt64(UInt32(bitPattern: plane.pointee.descriptor))
        default: return unsafe UInt64(plane.pointee.map_offset)
        }
    }
}
