import CVideoABI
import DeviceClient
import DeviceServer
import LinuxSystem
import RandomSupport
import Testing

/// Random bytes in every field of every buffer ioctl: an errno or a success, and the server lives on.
@Suite struct GarbageTests {
    private static let commands: [UInt32] = [
        VB2_VIDIOC_REQBUFS, VB2_VIDIOC_CREATE_BUFS, VB2_VIDIOC_REMOVE_BUFS, VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF,
        VB2_VIDIOC_DQBUF, VB2_VIDIOC_PREPARE_BUF, VB2_VIDIOC_EXPBUF, VB2_VIDIOC_STREAMON, VB2_VIDIOC_STREAMOFF,
    ]

    @Test(arguments: [(1, false), (2, false), (1, true)]) func everyField(_ planes: Int, _ isOutput: Bool) throws {
        let server = try TestServer([
            DeviceSpecification(node: 0) { CountingDevice(planes: planes, isOutput: isOutput) }
        ])
        let type =
            isOutput
            ? V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue
            : planes > 1 ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue : V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        let program = Program(try server.connect(), type: type)
        var random = SeededGenerator(seed: UInt64(planes * 2 + (isOutput ? 1 : 0)))
        var accepted = 0
        for step in 0..<20_000 {
            let command = Self.commands[Int.random(in: 0..<Self.commands.count, using: &random)]
            if perform(command, program, &random) >= 0 { accepted += 1 }
            // Now and then a queue that can do something.
            if step % 100 == 0 {
                program.memory = [1, 2, 4][Int.random(in: 0..<3, using: &random)]
                program.streamOff()
                program.requestBuffers(UInt32.random(in: 0..<6, using: &random))
            }
        }
        #expect(accepted > 1000)
        // It still works.
        program.streamOff()
        program.memory = V4L2_MEMORY_MMAP.rawValue
        #expect(program.requestBuffers(2) == 2)
    }

    /// One ioctl whose fields are plausible or not, by chance.
    private func perform(_ command: UInt32, _ program: Program, _ random: inout SeededGenerator) -> Int32 {
        var bytes: [256 of UInt8] = .init { _ in 0 }
        var planes: [8 of v4l2_plane] = .init(repeating: v4l2_plane())
        let wild = Int.random(in: 0..<3, using: &random) == 0
        for index in 0..<256 where wild { bytes[index] = UInt8.random(in: 0...255, using: &random) }
        return unsafe withUnsafeMutablePointer(to: &bytes) { place in
            let raw = UnsafeMutableRawPointer(place)
            switch command {
            case VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF, VB2_VIDIOC_DQBUF, VB2_VIDIOC_PREPARE_BUF:
                let buffer = unsafe raw.assumingMemoryBound(to: v4l2_buffer.self)
                if !wild {
                    unsafe buffer.pointee.type = program.type
                    unsafe buffer.pointee.memory = program.memory
                    unsafe buffer.pointee.index = UInt32.random(in: 0..<7, using: &random)
                    unsafe buffer.pointee.bytesused = UInt32.random(in: 0..<9000, using: &random)
                }
                // An address of ours, or one that is nobody's: what a wild one would hit is the test's own.
                unsafe buffer.pointee.length = UInt32.random(in: 0..<10, using: &random)
                return unsafe withUnsafeMutablePointer(to: &planes) { list in
                    let list = unsafe UnsafeMutableRawPointer(list).assumingMemoryBound(to: v4l2_plane.self)
                    for index in 0..<8 {
                        unsafe list[index].length = UInt32.random(in: 0...UInt32.max, using: &random)
                        unsafe list[index].m.fd = Int32.random(in: -1..<3, using: &random)
                        unsafe list[index].data_offset = UInt32.random(in: 0..<5000, using: &random)
                    }
                    if program.type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue {
                        unsafe buffer.pointee.m.planes = list
                    } else {
                        unsafe buffer.pointee.m.userptr = UInt.random(in: 0..<4096, using: &random)
                    }
                    return unsafe program.device.ioctl(command, raw)
                }
            case VB2_VIDIOC_CREATE_BUFS, VB2_VIDIOC_REQBUFS:
                // Numbers that would only fill the memory are for the tests of the limits.
                let count = UInt32.random(in: 0..<40, using: &random)
                if command == VB2_VIDIOC_REQBUFS {
                    unsafe raw.storeBytes(of: count, as: UInt32.self)
                    unsafe raw.storeBytes(of: program.type, toByteOffset: 4, as: UInt32.self)
                    unsafe raw.storeBytes(
                        of: UInt32.random(in: 0..<6, using: &random), toByteOffset: 8, as: UInt32.self)
                } else {
                    unsafe raw.storeBytes(of: count % 4, toByteOffset: 4, as: UInt32.self)
                    unsafe raw.storeBytes(
                        of: UInt32.random(in: 0..<12, using: &random), toByteOffset: 16, as: UInt32.self)
                }
                return unsafe program.device.ioctl(command, raw)
            case VB2_VIDIOC_EXPBUF:
                if !wild { unsafe raw.storeBytes(of: program.type, as: UInt32.self) }
                let result = unsafe program.device.ioctl(command, raw)
                if result >= 0 { _ = OwnedDescriptor(adopting: unsafe raw.load(fromByteOffset: 16, as: Int32.self)) }
                return result
            default:
                if !wild { unsafe raw.storeBytes(of: program.type, as: UInt32.self) }
                return unsafe program.device.ioctl(command, raw)
            }
        }
    }
}
