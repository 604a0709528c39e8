package import CVideoABI
import PixelFormats
package import SystemPackage

extension BufferDescriptor {
    /// Reads a `v4l2_buffer`, and for a multi-planar one the planes behind it.
    ///
    /// `planes` holds the bytes of `v4l2_plane[]` as the program's side sent them, and is empty if the
    /// program gave no array; its `planes` pointer is only looked at for being null.
    /// - Throws: EINVAL for a type that isn't one of ours or more than eight planes; EFAULT if the bytes are
    ///   fewer than the planes.
    package init(_ c: v4l2_buffer, planes bytes: UnsafeRawBufferPointer) throws(Errno) {
        let type = try unsafe BufferType(validating: c.type)
        unsafe self.init(index: c.index, type: type, memory: .mmap)
        unsafe rawMemory = c.memory
        unsafe flags = BufferFlags(rawValue: c.flags)
        unsafe field = FieldOrder(rawValue: c.field)
        unsafe timestampSeconds = Int64(c.timestamp.tv_sec)
        unsafe timestampMicroseconds = Int64(c.timestamp.tv_usec)
        unsafe timecode = Timecode(c.timecode)
        unsafe sequence = c.sequence
        unsafe requestDescriptor = c.request_fd
        guard type.isMultiplanar else {
            unsafe planes[0] = Plane(bytesUsed: c.bytesused, length: c.length, location: UInt64(c.m.userptr))
            return
        }
        guard unsafe c.length <= UInt32(Self.maximumPlaneCount) else { throw .invalidArgument }
        unsafe planeCapacity = Int(c.length)
        planeCount = unsafe c.m.userptr == 0 ? 0 : planeCapacity
        let stride = MemoryLayout<v4l2_plane>.stride
        guard bytes.count >= planeCount * stride else { throw .badAddress }
        for index in 0..<planeCount {
            let plane = unsafe bytes.loadUnaligned(fromByteOffset: index * stride, as: v4l2_plane.self)
            unsafe planes[index] = Plane(
                bytesUsed: plane.bytesused, length: plane.length, location: UInt64(plane.m.userptr),
                dataOffset: plane.data_offset)
        }
    }

    /// Writes everything, and as many planes as the program gave room for. Its `planes` pointer stays.
    ///
    /// `length` of a multi-planar struct becomes the number of planes, as the kernel has it.
    package func encode(into c: inout v4l2_buffer, planes bytes: UnsafeMutableRawBufferPointer) {
        let address = unsafe c.m.planes
        unsafe c = v4l2_buffer()
        unsafe c.index = index
        unsafe c.type = type.rawValue
        unsafe c.flags = flags.rawValue
        unsafe c.field = field.rawValue
        unsafe c.timestamp.tv_sec = Int(timestampSeconds)
        unsafe c.timestamp.tv_usec = Int(timestampMicroseconds)
        unsafe c.timecode = v4l2_timecode(timecode)
        unsafe c.sequence = sequence
        unsafe c.memory = rawMemory
        if flags.contains(.requestDescriptor) { unsafe c.request_fd = requestDescriptor }
        guard type.isMultiplanar else {
            unsafe c.bytesused = planes[0].bytesUsed
            unsafe c.length = planes[0].length
            unsafe c.m.userptr = UInt(planes[0].location)
            return
        }
        unsafe c.m.planes = address
        unsafe c.length = UInt32(min(max(planeCount, 0), Self.maximumPlaneCount))
        let stride = MemoryLayout<v4l2_plane>.stride
        let room = min(bytes.count / stride, Self.maximumPlaneCount)
        for index in 0..<min(max(planeCount, 0), room) {
            var plane = v4l2_plane()
            plane.bytesused = planes[index].bytesUsed
            plane.length = planes[index].length
            unsafe plane.m.userptr = UInt(planes[index].location)
            plane.data_offset = planes[index].dataOffset
            unsafe bytes.storeBytes(of: plane, toByteOffset: index * stride, as: v4l2_plane.self)
        }
    }
}

extension Timecode {
    package init(_ c: v4l2_timecode) {
        type = c.type
        flags = c.flags
        frames = c.frames
        seconds = c.seconds
        minutes = c.minutes
        hours = c.hours
        let bits = c.userbits
        userBits = UInt32(bits.0) | UInt32(bits.1) << 8 | UInt32(bits.2) << 16 | UInt32(bits.3) << 24
    }
}

extension v4l2_timecode {
    package init(_ timecode: Timecode) {
        let bits = timecode.userBits
        self.init(
            type: timecode.type, flags: timecode.flags, frames: timecode.frames, seconds: timecode.seconds,
            minutes: timecode.minutes, hours: timecode.hours,
            userbits: (
                UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8),
                UInt8(truncatingIfNeeded: bits >> 16), UInt8(truncatingIfNeeded: bits >> 24)
            ))
    }
}
