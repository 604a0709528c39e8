package import BufferQueue
package import LinuxSystem
package import PixelFormats
package import V4L2Types
package import VideoDevice

/// A device as it is, that tells of each time that it is called: where something can happen that a program's other
/// thread could do in between.
package final class HookedDevice: StreamingDevice {
    private let device: any StreamingDevice
    package var onService: () -> Void = {}
    package private(set) var serviceCount = 0

    package init(_ device: any StreamingDevice) {
        self.device = device
    }

    package var queue: Queue { device.queue }
    package var information: DeviceInformation { device.information }
    package var controls: ControlHandler? { device.controls }
    package var bufferType: BufferType { device.bufferType }
    package var offersFileIO: Bool { device.offersFileIO }
    package var starvedCount: Int { device.starvedCount }
    package var planeSizes: PlaneSizes { device.planeSizes }
    package var minimumPayloads: PlaneSizes { device.minimumPayloads }

    package func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat {
        try device.format(for: type, on: handle)
    }

    package func prepare(bufferAt index: Int, of queue: Queue) throws(Errno) {
        try device.prepare(bufferAt: index, of: queue)
    }

    package func startStreaming(_ queue: Queue) throws(Errno) { try device.startStreaming(queue) }
    package func stopStreaming(_ queue: Queue) { device.stopStreaming(queue) }

    package func service(at now: MonotonicTime) -> NextService {
        serviceCount += 1
        onService()
        return device.service(at: now)
    }
}
