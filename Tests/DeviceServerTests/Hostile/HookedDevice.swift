import BufferQueue
import BufferSharing
import LinuxSystem
import PixelFormats
import V4L2Types
import VideoDevice

/// A counting device that tells of each time that it is called: where a test lets something happen that a program's
/// other thread could do in between.
final class HookedDevice: StreamingDevice {
    private let device: CountingDevice
    var onService: () -> Void = {}
    private(set) var serviceCount = 0

    init(isOutput: Bool = false, minimumQueued: Int = 0) {
        device = CountingDevice(minimumQueued: minimumQueued, isOutput: isOutput)
    }

    var queue: Queue { device.queue }
    var information: DeviceInformation { device.information }
    var controls: ControlHandler? { nil }
    var bufferType: BufferType { device.bufferType }
    var offersFileIO: Bool { true }
    var starvedCount: Int { 0 }
    var planeSizes: PlaneSizes { device.planeSizes }

    func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat {
        try device.format(for: type, on: handle)
    }

    func startStreaming(_ queue: Queue) throws(Errno) { try device.startStreaming(queue) }
    func stopStreaming(_ queue: Queue) { device.stopStreaming(queue) }

    func service(at now: MonotonicTime) -> NextService {
        serviceCount += 1
        onService()
        return device.service(at: now)
    }
}
