import BufferQueue
import BufferSharing
import DeviceProtocol
import LinuxSystem
import V4L2Types
import VideoDevice

extension QueueIoctls {
    /// What buffer `index` is, as a slot of the shared page says it.
    func slotContents(_ index: Int) -> SlotContents {
        let buffer = queue.buffers[index]
        let slot = queue.state.slots[index]
        var contents = SlotContents()
        contents.flags = buffer.payload.flags | timestampFlags.rawValue
        if buffer.isShared { contents.flags |= 0x1 }  // V4L2_BUF_FLAG_MAPPED
        switch slot.state {
        case .dequeued: contents.state = slot.isPrepared ? .prepared : .dequeued
        case .queued, .active: contents.state = .queued
        case .done: contents.state = .done
        case .failed:
            contents.state = .done
            contents.flags |= 0x40  // V4L2_BUF_FLAG_ERROR
        }
        contents.field = buffer.payload.field
        contents.sequence = buffer.payload.sequence
        let microseconds = buffer.payload.timestamp / 1000
        contents.seconds = microseconds / 1_000_000
        contents.microseconds = microseconds % 1_000_000
        for plane in 0..<buffer.planeCount {
            contents.planes[plane].bytesUsed = buffer.planes[plane].bytesUsed
            contents.planes[plane].length = buffer.planes[plane].length
            contents.planes[plane].dataOffset = buffer.planes[plane].dataOffset
            contents.planes[plane].mapOffset = MapOffset(index: index, plane: plane).value
            contents.planes[plane].userPointer = buffer.planes[plane].userReference
            contents.planes[plane].descriptor = Int32(truncatingIfNeeded: buffer.planes[plane].userReference)
            if let identity = buffer.identity(ofPlane: plane) {
                contents.planes[plane].device = identity.file.device
                contents.planes[plane].inode = identity.file.inode
            }
        }
        return contents
    }
}
