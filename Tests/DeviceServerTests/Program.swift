import CVideoABI
import DeviceClient
import LinuxSystem

/// A program's view of a device: the ioctls, with the errno as a number and the struct to look at.
final class Program {
    let device: DeviceConnection
    let type: UInt32
    var memory: UInt32 = V4L2_MEMORY_MMAP.rawValue
    /// What QBUF says of an output buffer.
    var bytesUsed: UInt32 = 0
    var views: [MappedPlane] = []

    init(_ device: DeviceConnection, type: UInt32 = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue) {
        self.device = device
        self.type = type
    }

    func call<Argument>(_ command: UInt32, _ argument: inout Argument) -> Int32 {
        unsafe withUnsafeMutablePointer(to: &argument) { place in
            unsafe device.ioctl(command, UnsafeMutableRawPointer(place))
        }
    }

    @discardableResult
    func requestBuffers(_ count: UInt32) -> Int32 {
        var request = v4l2_requestbuffers()
        request.count = count
        request.type = type
        request.memory = memory
        let result = call(VB2_VIDIOC_REQBUFS, &request)
        return result < 0 ? result : Int32(request.count)
    }

    func createBuffers(
        _ count: UInt32, size: UInt32, flags: UInt32 = 0
    ) -> (result: Int32, create: v4l2_create_buffers) {
        var create = unsafe v4l2_create_buffers()
        unsafe create.count = count
        unsafe create.memory = memory
        unsafe create.flags = flags
        unsafe create.format.type = type
        unsafe create.format.fmt.pix.width = 64
        unsafe create.format.fmt.pix.height = 64
        unsafe create.format.fmt.pix.sizeimage = size
        let result = unsafe call(VB2_VIDIOC_CREATE_BUFS, &create)
        return unsafe (result, create)
    }

    func queryBuffer(_ index: UInt32) -> (result: Int32, buffer: v4l2_buffer) {
        var buffer = unsafe blank(index)
        let result = unsafe call(VB2_VIDIOC_QUERYBUF, &buffer)
        return unsafe (result, buffer)
    }

    func queue(_ index: UInt32) -> Int32 {
        var buffer = unsafe blank(index)
        return unsafe call(VB2_VIDIOC_QBUF, &buffer)
    }

    func dequeue() -> (result: Int32, buffer: v4l2_buffer) {
        var buffer = unsafe blank(0)
        let result = unsafe call(VB2_VIDIOC_DQBUF, &buffer)
        return unsafe (result, buffer)
    }

    func streamOn() -> Int32 {
        var type = type
        return call(VB2_VIDIOC_STREAMON, &type)
    }

    @discardableResult
    func streamOff() -> Int32 {
        var type = type
        return call(VB2_VIDIOC_STREAMOFF, &type)
    }

    /// Buffers, mapped, all queued, streaming.
    func start(_ count: UInt32 = 4) throws(Errno) {
        let made = requestBuffers(count)
        if made < 0 { throw Errno(rawValue: -made) }
        for index in 0..<UInt32(made) {
            let (result, buffer) = unsafe queryBuffer(index)
            if result < 0 { throw Errno(rawValue: -result) }
            unsafe views.append(
                MappedPlane(try device.map(offset: UInt64(buffer.m.offset), length: Int(buffer.length))))
            let queued = queue(index)
            if queued < 0 { throw Errno(rawValue: -queued) }
        }
        let started = streamOn()
        if started < 0 { throw Errno(rawValue: -started) }
    }

    /// The number that the device wrote into buffer `index`.
    func number(_ index: UInt32) -> UInt32 {
        views[Int(index)].first
    }

    func blank(_ index: UInt32) -> v4l2_buffer {
        var buffer = unsafe v4l2_buffer()
        unsafe buffer.index = index
        unsafe buffer.type = type
        unsafe buffer.memory = memory
        unsafe buffer.bytesused = bytesUsed
        return unsafe buffer
    }
}

/// A mapping that an array can hold.
final class MappedPlane {
    let mapping: MemoryMapping

    init(_ mapping: consuming MemoryMapping) {
        self.mapping = mapping
    }

    var first: UInt32 {
        mapping.withBytes { bytes in unsafe bytes.unsafeLoad(as: UInt32.self) }
    }
}
