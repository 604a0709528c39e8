import BufferQueue
import DeviceProtocol
import LinuxSystem
import V4L2Types
import VideoDevice

extension DeviceHost {
    /// How the device is now.
    var status: DeviceStatus {
        var status = DeviceStatus()
        status.node = node
        status.driver = device.information.driver
        status.card = device.information.card
        status.bus = device.information.busInfo
        status.capabilities = device.information.capability.deviceCapabilities.rawValue
        status.isOutput = ioctls.type.isOutput
        // A file of the server's own, for the question.
        let handle = handles.open(isReadable: true, isWritable: false)
        if let format = try? device.format(for: ioctls.type, on: handle) { status.format = "\(format)" }
        handles.close(handle)
        status.isStreaming = device.queue.state.isStreaming
        if let owner = sessionThatOwns() {
            status.ownerPID = owner.client.credentials.pid
            status.ownerUID = owner.client.credentials.uid
        }
        status.handles = sessions.count
        status.frames = framesOfTheGone + sessions.reduce(0) { $0 + $1.bridge.totalPublished }
        status.starved = device.starvedCount
        status.late = device.lateCount
        status.buffers = device.queue.state.bufferCount
        for index in device.queue.buffers.indices {
            for plane in 0..<device.queue.buffers[index].planeCount {
                status.bytes += device.queue.memorySize(ofPlane: plane, ofBuffer: index)
            }
        }
        return status
    }
}
