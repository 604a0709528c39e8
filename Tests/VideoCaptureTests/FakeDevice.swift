import CVideoABI
import LinuxSystem
import PixelFormats
import Synchronization
import V4L2Types

@testable import VideoCapture

/// A camera that does what a test says, without a kernel or a server.
final class FakeDevice: V4L2Transport {
    struct State {
        var format = StreamFormat(type: .videoCapture, format: FakeDevice.smallest)
        var capabilities: CapabilityFlags = [.videoCapture, .streaming]
        /// The errno of each command that is to fail.
        var failures: [UInt32: Errno] = [:]
        /// The sequence numbers of the frames to come; then EAGAIN.
        var sequences: [UInt32] = []
        /// What DQBUF gives when there is no frame.
        var emptyErrno = Errno.resourceTemporarilyUnavailable
        var queued: [UInt32] = []
        var isStreaming = false
        var bufferCount: UInt32 = 0
        var bytesUsed: UInt32 = 0
        var flags: BufferFlags = []
        var dataOffset: UInt32 = 0
        var waits = 0
    }

    let state = Mutex(State())

    static var smallest: VideoFormat {
        VideoFormat(
            fourCC: .yuyv, size: FrameSize(width: 48, height: 32),
            planes: [PlaneGeometry(bytesPerLine: 96, sizeImage: 3072)])
    }

    func ioctl(_ command: UInt32, _ argument: UnsafeMutableRawPointer) -> Int32 {
        state.withLock { state in
            if let errno = state.failures[command] { return -errno.rawValue }
            switch command {
            case VB2_VIDIOC_QUERYCAP:
                let capability = Capability(
                    driver: "fake", card: "A camera", busInfo: "platform:fake", version: .current,
                    capabilities: state.capabilities.union(.deviceCapabilities),
                    deviceCapabilities: state.capabilities)
                unsafe capability.encode(into: &argument.assumingMemoryBound(to: v4l2_capability.self).pointee)
            case VB2_VIDIOC_G_FMT, VB2_VIDIOC_S_FMT:
                unsafe state.format.encode(into: &argument.assumingMemoryBound(to: v4l2_format.self).pointee)
            case VB2_VIDIOC_ENUM_FMT:
                let c = unsafe argument.assumingMemoryBound(to: v4l2_fmtdesc.self)
                guard unsafe c.pointee.index < 3 else { return -Errno.invalidArgument.rawValue }
                unsafe FormatDescription(PixelFormat.all[Int(c.pointee.index)]).encode(into: &c.pointee)
            case VB2_VIDIOC_REQBUFS:
                let c = unsafe argument.assumingMemoryBound(to: v4l2_requestbuffers.self)
                state.bufferCount = unsafe c.pointee.count
            case VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF, VB2_VIDIOC_DQBUF:
                return unsafe Self.buffer(command, argument.assumingMemoryBound(to: v4l2_buffer.self), &state)
            case VB2_VIDIOC_STREAMON: state.isStreaming = true
            case VB2_VIDIOC_STREAMOFF: state.isStreaming = false
            default: return -Errno.inappropriateIOCTLForDevice.rawValue
            }
            return 0
        }
    }

    private static func buffer(
        _ command: UInt32, _ c: UnsafeMutablePointer<v4l2_buffer>, _ state: inout State
    ) -> Int32 {
        let index: UInt32
        var sequence: UInt32 = 0
        switch command {
        case VB2_VIDIOC_QBUF:
            unsafe state.queued.append(c.pointee.index)
            return 0
        case VB2_VIDIOC_DQBUF:
            guard !state.sequences.isEmpty, !state.queued.isEmpty else { return -state.emptyErrno.rawValue }
            sequence = state.sequences.removeFirst()
            index = state.queued.removeFirst()
        default: index = unsafe c.pointee.index
        }
        var buffer = BufferDescriptor(index: index, type: state.format.type, memory: .mmap)
        buffer.sequence = sequence
        buffer.flags = state.flags
        buffer.timestampSeconds = Int64(sequence)
        buffer.planeCount = state.format.format.planeCount
        for plane in 0..<buffer.planeCount {
            buffer.planes[plane] = BufferDescriptor.Plane(
                bytesUsed: state.bytesUsed, length: state.format.format.planes[plane].sizeImage,
                location: UInt64(plane) << 12, dataOffset: state.dataOffset)
        }
        unsafe buffer.encode(
            into: &c.pointee,
            planes: UnsafeMutableRawBufferPointer(
                start: c.pointee.m.planes,
                count: state.format.type.isMultiplanar
                    ? Int(c.pointee.length) * MemoryLayout<v4l2_plane>.stride : 0))
        return 0
    }

    func map(offset: UInt64, length: Int) throws(Errno) -> MemoryMapping {
        let file = try MemoryFile.create(name: "fake-plane", size: length)
        return try MemoryMapping(descriptor: file.descriptor, length: length, access: .readWrite)
    }

    func waitReadable(timeout: MonotonicDuration?) throws(Errno) -> Bool {
        state.withLock { $0.waits += 1 }
        return true
    }
}
