import CVideoABI
import LinuxSystem

/// The capture node of the kernel's test driver vivid, by plain ioctls.
final class VividCamera {
    /// Of one frame, in bytes.
    let frameSize: Int

    private let device: OwnedDescriptor
    private let memory: UInt32
    private static let type = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue

    init(memory: v4l2_memory, buffers: UInt32) throws(Errno) {
        device = try Files.open("/dev/video0", .readWrite)
        self.memory = memory.rawValue
        var format = unsafe v4l2_format()
        unsafe format.type = Self.type
        try unsafe device.call(VB2_VIDIOC_G_FMT, &format)
        unsafe format.fmt.pix.width = 640
        unsafe format.fmt.pix.height = 360
        try unsafe device.call(VB2_VIDIOC_S_FMT, &format)
        frameSize = unsafe Int(format.fmt.pix.sizeimage)
        var request = v4l2_requestbuffers()
        request.count = buffers
        request.type = Self.type
        request.memory = self.memory
        try device.call(VB2_VIDIOC_REQBUFS, &request)
    }

    /// Gives a buffer to the driver, with the descriptor of its memory if that is ours.
    func queue(_ index: Int, _ descriptor: Int32?) throws(Errno) {
        var buffer = unsafe blank(index)
        if let descriptor { unsafe buffer.m.fd = descriptor }
        try unsafe device.call(VB2_VIDIOC_QBUF, &buffer)
    }

    func start() throws(Errno) {
        var type = Self.type
        try device.call(VB2_VIDIOC_STREAMON, &type)
    }

    /// Takes the next filled buffer; waits for it.
    func dequeue() throws(Errno) -> (index: Int, bytes: Int) {
        guard try device.wait(for: .input, timeout: .seconds(60)).contains(.input) else { throw .timedOut }
        var buffer = unsafe blank(0)
        try unsafe device.call(VB2_VIDIOC_DQBUF, &buffer)
        return unsafe (Int(buffer.index), Int(buffer.bytesused))
    }

    func stop() throws(Errno) {
        var type = Self.type
        try device.call(VB2_VIDIOC_STREAMOFF, &type)
    }

    /// A dma-buf of one of the driver's own buffers.
    func export(_ index: Int, writable: Bool) throws(Errno) -> OwnedDescriptor {
        var request = v4l2_exportbuffer()
        request.type = Self.type
        request.index = UInt32(index)
        request.flags = UInt32(writable ? O_RDWR | O_CLOEXEC : O_RDONLY | O_CLOEXEC)
        try device.call(VB2_VIDIOC_EXPBUF, &request)
        return OwnedDescriptor(adopting: request.fd)
    }

    private func blank(_ index: Int) -> v4l2_buffer {
        var buffer = unsafe v4l2_buffer()
        unsafe buffer.index = UInt32(index)
        unsafe buffer.type = Self.type
        unsafe buffer.memory = memory
        return unsafe buffer
    }
}
