import CVideoABI
import DeviceClient
import DeviceServer
import LinuxSystem
import Testing

/// Arguments that are nowhere, or can't be written: EFAULT, and the program lives.
@Suite struct WrongPointerTests {
    /// Every ioctl that we have; those without an argument can't have a wrong one.
    private static let commands: [UInt32] = [
        VB2_VIDIOC_QUERYCAP, VB2_VIDIOC_ENUM_FMT, VB2_VIDIOC_G_FMT, VB2_VIDIOC_S_FMT, VB2_VIDIOC_TRY_FMT,
        VB2_VIDIOC_REQBUFS, VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF, VB2_VIDIOC_DQBUF, VB2_VIDIOC_PREPARE_BUF,
        VB2_VIDIOC_CREATE_BUFS, VB2_VIDIOC_REMOVE_BUFS, VB2_VIDIOC_EXPBUF, VB2_VIDIOC_STREAMON,
        VB2_VIDIOC_STREAMOFF, VB2_VIDIOC_G_PRIORITY, VB2_VIDIOC_S_PRIORITY, VB2_VIDIOC_ENUMINPUT,
        VB2_VIDIOC_G_INPUT, VB2_VIDIOC_S_INPUT,
    ]

    /// NULL is the shim's matter, for the connection here takes a pointer that is one.
    private static let addresses: [UInt] = [8, 4096, 0x7fff_ffff_f000, 0xffff_8000_0000_0000, .max - 7]

    @Test(arguments: addresses) func nowhere(_ address: UInt) throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        try program.start(2)
        let pointer = unsafe try #require(UnsafeMutableRawPointer(bitPattern: address))
        for command in Self.commands {
            #expect(unsafe program.device.ioctl(command, pointer) == -EFAULT, "\(String(command, radix: 16))")
        }
        // Even of an ioctl that doesn't exist, unless its argument is only an answer.
        #expect(unsafe program.device.ioctl(0xc028_56f0, pointer) == -EFAULT)
        #expect(unsafe program.device.ioctl(0x8028_56f0, pointer) == -ENOTTY)
        #expect(try program.device.waitReadable(timeout: .seconds(10)))
        #expect(unsafe program.dequeue().result == 0)
    }

    @Test func readOnlyMemory() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        try program.start(2)
        let page = try MemoryFile.create(name: "read-only", size: 4096)
        let writable = try MemoryMapping(descriptor: page.descriptor, length: 4096, access: .readWrite)
        var buffer = unsafe program.blank(0)
        writable.withMutableBytes { bytes in
            unsafe withUnsafeBytes(of: &buffer) { source in
                for offset in 0..<source.count {
                    bytes.storeBytes(of: unsafe source[offset], toByteOffset: offset, as: UInt8.self)
                }
            }
        }
        let readOnly = try MemoryMapping(descriptor: page.descriptor, length: 4096, access: .read)
        #expect(try program.device.waitReadable(timeout: .seconds(10)))
        #expect(unsafe program.device.ioctl(VB2_VIDIOC_DQBUF, readOnly.base) == -EFAULT)
        // The buffer is still there for a caller whose memory is.
        #expect(unsafe program.dequeue().result == 0)
        #expect(unsafe program.device.ioctl(VB2_VIDIOC_QUERYBUF, readOnly.base) == -EFAULT)
        #expect(unsafe program.device.ioctl(VB2_VIDIOC_QUERYCAP, readOnly.base) == -EFAULT)
    }

    @Test func planesThatAreNowhere() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(planes: 2) }])
        let program = Program(try server.connect(), type: V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue)
        #expect(program.requestBuffers(1) == 1)
        for command in [VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF, VB2_VIDIOC_PREPARE_BUF] {
            var buffer = unsafe program.blank(0)
            unsafe buffer.length = 2
            unsafe buffer.m.planes = UnsafeMutablePointer(bitPattern: 4096)
            #expect(unsafe program.call(command, &buffer) == -EFAULT)
        }
    }
}
