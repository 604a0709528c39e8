import BufferQueue
import BufferSharing
import LinuxSystem
import PixelFormats
import V4L2Types
import VideoDevice

/// A device that paints nothing: each captured frame is its sequence number, in the first bytes of each plane;
/// of an output frame only those bytes are read. It completes every buffer as soon as it has it.
final class CountingDevice: StreamingDevice {
    let queue: Queue
    let space: AddressSpace
    let information: DeviceInformation
    let bufferType: BufferType
    let controls: ControlHandler? = nil
    let offersFileIO = true
    let starvedCount = 0
    private var sequence: UInt32 = 0
    private let sizes: PlaneSizes
    /// Fails, or sends the last buffer, at this sequence number.
    let failsAt: UInt32?
    let lastAt: UInt32?

    init(
        node: Int = 0, planes: Int = 1, minimumQueued: Int = 0, failsAt: UInt32? = nil, lastAt: UInt32? = nil,
        isOutput: Bool = false, heedsHints: Bool = false, maximumBuffers: Int = 32,
        heap: any BufferHeap = MemoryFileHeap()
    ) {
        bufferType = isOutput ? .videoOutput : planes > 1 ? .videoCaptureMultiplanar : .videoCapture
        space = AddressSpace(name: "counting")
        self.failsAt = failsAt
        self.lastAt = lastAt
        sizes = PlaneSizes(count: planes) { _ in 4096 }
        queue = Queue(
            configuration: QueueConfiguration(
                name: "count", direction: isOutput ? .output : .capture, maximumBuffers: maximumBuffers,
                minimumQueued: minimumQueued, allowsCacheHints: heedsHints),
            heap: heap, addressSpace: space)
        information = DeviceInformation(
            driver: "vb2-count", card: "Counting device", busInfo: "platform:vb2-count-\(node)",
            capabilities: [
                isOutput ? .videoOutput : planes > 1 ? .videoCaptureMultiplanar : .videoCapture, .streaming,
                .readWrite,
            ])
    }

    var planeSizes: PlaneSizes { sizes }

    func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat {
        guard let format = VideoFormat.layout(.grey, size: FrameSize(width: 64, height: 64)) else {
            throw .invalidArgument
        }
        return format
    }

    func startStreaming(_ queue: Queue) throws(Errno) { sequence = 0 }
    func stopStreaming(_ queue: Queue) {}

    func service(at now: MonotonicTime) -> NextService {
        guard queue.state.phase == .running else { return .whenStarted }
        if sequence == failsAt {
            queue.fail()
            return .whenStarted
        }
        guard let index = queue.take() else { return .whenQueued }
        for plane in 0..<sizes.count {
            queue.mapping(ofPlane: plane, ofBuffer: index)?.withMutableBytes { bytes in
                if !bufferType.isOutput { bytes.storeBytes(of: sequence, as: UInt32.self) }
            }
        }
        let isLast = sequence == lastAt
        queue.complete(index, .done, bytesUsed: sizes, isLast: isLast) { payload in
            payload.sequence = sequence
            payload.timestamp = now.nanoseconds
            payload.field = 1
            if isLast { payload.flags = 0x0010_0000 }
        }
        sequence &+= 1
        return isLast ? .whenStarted : .soon
    }
}
