import CVideoABI
import DeviceClient
import DeviceServer
import LinuxSystem
import Testing

/// Where the kernel is wrong and we are right: each test fails on a kernel with videobuf2 as it is in Linux 7.2.
/// The rows are those of docs/deviations.md.
@Suite(.serialized) struct KernelDefectTests {
    private static let output = V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue
    private static let dmabuf = V4L2_MEMORY_DMABUF.rawValue

    private func memory(_ size: Int = 4096) throws -> OwnedDescriptor {
        try MemoryFile.create(name: "vb2-test", size: size).intoDescriptor()
    }

    private func queue(
        _ program: Program, _ index: UInt32, _ descriptor: Int32, length: UInt32 = 0, flags: UInt32 = 0
    ) -> Int32 {
        var buffer = unsafe program.blank(index)
        unsafe buffer.m.fd = descriptor
        unsafe buffer.length = length
        unsafe buffer.flags = flags
        return unsafe program.call(VB2_VIDIOC_QBUF, &buffer)
    }

    private func export(_ program: Program, _ index: UInt32) throws(Errno) -> OwnedDescriptor {
        var export = v4l2_exportbuffer()
        export.type = program.type
        export.index = index
        export.flags = UInt32(O_CLOEXEC | O_RDWR)
        let result = program.call(VB2_VIDIOC_EXPBUF, &export)
        if result < 0 { throw Errno(rawValue: -result) }
        return OwnedDescriptor(adopting: export.fd)
    }

    @Test("K1: a failed attach keeps no reference") func failedAttachLeaksNothing() async {
        await #expect(processExitsWith: .success) {
            let server = try TestServer()
            let program = Program(try server.connect())
            program.memory = V4L2_MEMORY_DMABUF.rawValue
            #expect(program.requestBuffers(2) == 2)
            let small = try MemoryFile.create(name: "small", size: 4096).intoDescriptor()
            let live = OwnedDescriptor.liveCount
            for _ in 0..<50 {
                var buffer = unsafe program.blank(0)
                unsafe buffer.m.fd = small.raw
                // Longer than the buffer: EFAULT, from the attach itself.
                unsafe buffer.length = 8192
                #expect(unsafe program.call(VB2_VIDIOC_QBUF, &buffer) == -EFAULT)
            }
            // The server's thread answers first, and then lets go: of what it refused here, and of what it handed out
            // before the count was taken. So there may be fewer than then, but of fifty leaks none.
            let end = MonotonicTime.now() + 10_000_000_000
            while OwnedDescriptor.liveCount > live, MonotonicTime.now() < end { sched_yield() }
            #expect(OwnedDescriptor.liveCount <= live)
        }
    }

    @Test("K2: an output index recovers from a bad descriptor") func badDescriptorDoesNotPoison() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(isOutput: true) }])
        let program = Program(try server.connect(), type: Self.output)
        program.memory = Self.dmabuf
        program.bytesUsed = 4096
        #expect(program.requestBuffers(2) == 2)
        let good = try memory()
        #expect(queue(program, 0, good.raw) == 0)
        program.streamOff()
        #expect(queue(program, 0, -1) == -EINVAL)
        #expect(queue(program, 0, good.raw) == 0)
    }

    @Test("K4: each plane of a shared buffer is measured") func everyPlaneIsMeasured() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(planes: 2) }])
        let program = Program(try server.connect(), type: V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue)
        program.memory = Self.dmabuf
        #expect(program.requestBuffers(1) == 1)
        let shared = try memory()
        #expect(queueTwoPlanes(program, shared.raw, lengths: (4096, 65536)) == -EFAULT)
        #expect(queueTwoPlanes(program, shared.raw, lengths: (4096, 4096)) == 0)
    }

    private func queueTwoPlanes(_ program: Program, _ descriptor: Int32, lengths: (UInt32, UInt32)) -> Int32 {
        var planes: [2 of v4l2_plane] = .init(repeating: v4l2_plane())
        unsafe planes[0].m.fd = descriptor
        planes[0].length = lengths.0
        unsafe planes[1].m.fd = descriptor
        planes[1].length = lengths.1
        var buffer = unsafe program.blank(0)
        return unsafe withUnsafeMutablePointer(to: &planes) { place in
            unsafe buffer.m.planes = UnsafeMutableRawPointer(place).assumingMemoryBound(to: v4l2_plane.self)
            unsafe buffer.length = 2
            return unsafe program.call(VB2_VIDIOC_QBUF, &buffer)
        }
    }

    @Test("K5: flags that the program invents end no stream") func inventedFlagsLatchNothing() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(program.requestBuffers(2) == 2)
        #expect(program.streamOn() == 0)
        var buffer = unsafe program.blank(0)
        unsafe buffer.flags = 0x0010_0004  // LAST | DONE
        #expect(unsafe program.call(VB2_VIDIOC_DQBUF, &buffer) == -EAGAIN)
        #expect(program.queue(0) == 0)
        #expect(try program.device.waitReadable(timeout: .seconds(10)))
        #expect(unsafe program.dequeue().result == 0)
    }

    @Test("K6: an exported buffer is mapped where the offset says") func exportedBufferHonoursTheOffset() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        let (result, create) = unsafe program.createBuffers(1, size: 8192)
        #expect(result == 0)
        let exported = try export(program, unsafe create.index)
        let whole = try MemoryMapping(descriptor: exported, length: 8192, access: .readWrite)
        whole.withMutableBytes { $0.storeBytes(of: 0x1234_5678, toByteOffset: 4096, as: UInt32.self) }
        let second = try MemoryMapping(descriptor: exported, offset: 4096, length: 4096, access: .read)
        #expect(second.withBytes { bytes in unsafe bytes.unsafeLoad(as: UInt32.self) } == 0x1234_5678)
    }

    @Test("K11: exporting twice gives one buffer") func exportsAreOneBuffer() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(program.requestBuffers(1) == 1)
        let first = try export(program, 0)
        let second = try export(program, 0)
        #expect(try first.status().identity == second.status().identity)
    }

    @Test("K18: an import may be longer than the format") func longImportsAreUsed() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(isOutput: true) }])
        let program = Program(try server.connect(), type: Self.output)
        program.memory = Self.dmabuf
        program.bytesUsed = 6000
        #expect(program.requestBuffers(1) == 1)
        let long = try memory(8192)
        #expect(queue(program, 0, long.raw) == 0)
    }
}
