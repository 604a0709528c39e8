package import BufferQueue
package import BufferSharing
import CVideoABI
package import LinuxSystem
package import V4L2Types

/// The ioctls about buffers, for one queue: owners, V4L2's structs and the order of V4L2's checks, above the
/// queue that knows none of them. Counterpart: videobuf2-v4l2.c.
package final class QueueIoctls: BufferIoctls {
    package let device: any StreamingDevice
    package let type: BufferType
    /// The handle that may change the queue; nil: whoever comes first.
    package internal(set) weak var owner: OpenHandle?
    /// The buffers that exist were asked to be non-coherent (A87).
    var isNonCoherent = false
    /// read() or write() drives the queue; its ioctls are EBUSY.
    package internal(set) var isFileIO = false

    /// The buffers whose descriptors came with the present QBUF; an entry is nil if it was none.
    package var imports: [SharedBuffer?] = []
    /// What the present EXPBUF made, for the program.
    package var exported: OwnedDescriptor?

    package var queue: Queue { device.queue }

    package init(device: any StreamingDevice, type: BufferType) {
        self.device = device
        self.type = type
    }

    package func performBufferIoctl(
        _ ioctl: Ioctl, request: borrowing IoctlRequest, handle: OpenHandle
    ) -> IoctlReply {
        do throws(Errno) {
            switch ioctl {
            case .requestBuffers: try requestBuffers(request, handle)
            case .createBuffers: try createBuffers(request, handle)
            case .queryBuffer: try queryBuffer(request)
            case .queueBuffer: try queueBuffer(request, handle)
            case .prepareBuffer: try prepareBuffer(request, handle)
            case .dequeueBuffer: try dequeueBuffer(request, handle)
            case .removeBuffers: try removeBuffers(request, handle)
            case .exportBuffer: try exportBuffer(request, handle)
            case .streamOn, .streamOff: try stream(ioctl, request, handle)
            default: return .failure(.inappropriateIOCTLForDevice)
            }
            return .success
        } catch {
            return .failure(error)
        }
    }

    /// The handle was closed: its buffers go with it.
    package func close(_ handle: OpenHandle) {
        guard owner === handle else { return }
        isFileIO = false
        owner = nil
        queue.release()
    }

    /// EBUSY: another handle owns the queue (A18).
    func checkOwner(_ handle: OpenHandle) throws(Errno) {
        if let owner, owner !== handle { throw .resourceBusy }
    }

    func checkNoFileIO() throws(Errno) {
        if isFileIO { throw .resourceBusy }
    }

    func checkType(_ rawType: UInt32) throws(Errno) {
        if rawType != type.rawValue { throw .invalidArgument }
    }

    var capabilities: BufferCapabilities {
        var result: BufferCapabilities = [.orphanedBuffers, .removeBuffers]
        if queue.configuration.allowsCacheHints { result.insert(.cacheHints) }
        let types = queue.configuration.memoryTypes
        if types.contains(.mmap) { result.insert(.mmap) }
        if types.contains(.userPointer) { result.insert(.userPointer) }
        if types.contains(.dmabuf) { result.insert(.dmaBuf) }
        return result
    }

    // MARK: Streaming

    private func stream(_ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        try checkType(try request.load(UInt32.self))
        try checkOwner(handle)
        try checkNoFileIO()
        if ioctl == .streamOn {
            try queue.streamOn()
        } else {
            queue.streamOff()
        }
    }

    // MARK: Export

    private func exportBuffer(_ request: borrowing IoctlRequest, _ handle: OpenHandle) throws(Errno) {
        let raw = try request.load(v4l2_exportbuffer.self)
        try checkType(raw.type)
        try checkOwner(handle)
        let export = try ExportBuffer(raw)
        guard queue.memory == .mmap, export.flags & ~(Self.closeOnExec | Self.accessMode) == 0 else {
            throw .invalidArgument
        }
        try queue.state.checkIndex(Int(export.index))
        guard Int(export.plane) < queue.planeCount else { throw .invalidArgument }
        try checkNoFileIO()
        let access: SharedBuffer.ExportAccess = export.flags & Self.accessMode == 0 ? .readOnly : .readWrite
        exported = try queue.exportPlane(Int(export.plane), ofBuffer: Int(export.index), access: access)
        var answer = raw
        export.encode(into: &answer)
        request.store(answer)
    }

    private static let closeOnExec: UInt32 = 0o2000000
    private static let accessMode: UInt32 = 0o3
}
