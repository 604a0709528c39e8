import BufferQueue
package import LinuxSystem
import V4L2Types

extension QueueIoctls {
    /// Which plane an mmap names, if the kernel would map it (A81). Source: vb2_mmap.
    ///
    /// - Parameters:
    ///   - protection: PROT_*. - flags: MAP_*.
    /// - Returns: the plane, and its length in bytes, a whole number of memory pages.
    /// - Throws: EINVAL; EBUSY (file I/O); EACCES (the handle's access mode).
    package func planeToMap(
        offset: UInt64, length: UInt64, protection: UInt32, flags: UInt32, handle: OpenHandle
    ) throws(Errno) -> MapOffset {
        let isShared = Self.sharedTypes.contains(flags & Self.mapTypeMask)
        // A descriptor that isn't open for reading can't be mapped at all, as mmap(2) says.
        if !handle.isReadable { throw .permissionDenied }
        if isShared, protection & Self.write != 0, !handle.isWritable { throw .permissionDenied }
        // For do_mmap a mapping that can never be written is as good as a private one, which vb2 refuses.
        guard isShared, handle.isWritable else { throw .invalidArgument }
        if type.isOutput, protection & Self.write == 0 { throw .invalidArgument }
        if !type.isOutput, protection & Self.read == 0 { throw .invalidArgument }
        guard queue.memory == .mmap else { throw .invalidArgument }
        try checkNoFileIO()
        guard let place = MapOffset(offset), queue.buffers.indices.contains(place.index),
            place.plane < queue.buffers[place.index].planeCount
        else { throw .invalidArgument }
        let plane = Int(queue.buffers[place.index].planes[place.plane].length)
        guard let whole = Memory.roundedToPages(plane), length > 0, length <= UInt64(whole) else {
            throw .invalidArgument
        }
        queue.markShared(place.index)
        return place
    }

    private static let mapTypeMask: UInt32 = 0x0F
    /// MAP_SHARED, MAP_SHARED_VALIDATE
    private static let sharedTypes: [UInt32] = [0x01, 0x03]
    private static let read: UInt32 = 0x1
    private static let write: UInt32 = 0x2
}
