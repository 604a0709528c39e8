import CVideoABI
import DeviceClient
import DeviceServer
import LinuxSystem
import Testing

/// CREATE_BUFS, REMOVE_BUFS, cache hints and large numbers of buffers, through the ioctls.
@Suite struct AllocationTests {
    private func create(
        _ program: Program, _ count: UInt32, flags: UInt32 = 0
    ) -> (result: Int32, create: v4l2_create_buffers) {
        unsafe program.createBuffers(count, size: 4096, flags: flags)
    }

    private func remove(_ program: Program, _ first: UInt32, _ count: UInt32, type: UInt32? = nil) -> Int32 {
        var remove = vb2_remove_buffers()
        remove.index = first
        remove.count = count
        remove.type = type ?? program.type
        return program.call(VB2_VIDIOC_REMOVE_BUFS, &remove)
    }

    @Test func holesAreFilledFirst() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(program.requestBuffers(6) == 6)
        #expect(remove(program, 1, 2) == 0)
        #expect(remove(program, 1, 1) == -EINVAL)
        #expect(program.queue(1) == -EINVAL)
        #expect(unsafe program.queryBuffer(2).result == -EINVAL)
        let (result, made) = unsafe create(program, 2)
        #expect(result == 0)
        #expect(unsafe made.index == 1)
        #expect(unsafe made.count == 2)
        let (_, next) = unsafe create(program, 1)
        #expect(unsafe next.index == 6)
    }

    @Test func badRemovals() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        #expect(program.requestBuffers(3) == 3)
        #expect(program.queue(1) == 0)
        #expect(remove(program, 0, 2) == -EBUSY)
        #expect(remove(program, 0, 4) == -EINVAL)
        #expect(remove(program, 2, 2) == -EINVAL)
        #expect(remove(program, .max, .max) == -EINVAL)
        #expect(remove(program, .max, 0) == 0)
        #expect(remove(program, 0, 0, type: 0) == -EINVAL)
        let other = Program(try server.connect())
        #expect(remove(other, 0, 1) == -EBUSY)
        #expect(remove(other, 0, 0) == 0)
    }

    /// K9: the kernel keeps the queue busy, and its owner, when the last buffer is removed.
    @Test func removingAllFreesTheQueue() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        let other = Program(try server.connect())
        #expect(program.requestBuffers(2) == 2)
        #expect(other.requestBuffers(2) == -EBUSY)
        #expect(remove(program, 0, 2) == 0)
        #expect(other.requestBuffers(2) == 2)
    }

    @Test func framesGoOnWhileBuffersComeAndGo() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        try program.start(3)
        for expected in 0..<300 as Range<UInt32> {
            #expect(try program.device.waitReadable(timeout: .seconds(10)))
            let (result, buffer) = unsafe program.dequeue()
            #expect(result == 0)
            #expect(unsafe buffer.sequence == expected)
            if expected % 10 == 9 {
                let index = unsafe buffer.index
                #expect(remove(program, index, 1) == 0)
                let (made, create) = unsafe create(program, 1)
                #expect(made == 0)
                #expect(unsafe create.index == index)
            }
            #expect(unsafe program.queue(buffer.index) == 0)
        }
    }

    /// K25: no page is touched before it is used.
    @Test func absurdSizes() throws {
        let server = try TestServer()
        let program = Program(try server.connect())
        let result = unsafe program.createBuffers(4, size: 0xffff_f000).result
        #expect(result == 0 || result == -ENOMEM)
        #expect(program.requestBuffers(2) == 2)
    }

    @Test func manyBuffers() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(maximumBuffers: 300) }])
        let program = Program(try server.connect())
        #expect(program.requestBuffers(1000) == 300)
        #expect(unsafe create(program, 1).result == -ENOBUFS)
        #expect(unsafe create(program, 0).create.reserved.0 == 300)
        program.requestBuffers(0)
        try program.start(300)
        for expected in 0..<900 as Range<UInt32> {
            #expect(try program.device.waitReadable(timeout: .seconds(10)))
            let (_, buffer) = unsafe program.dequeue()
            #expect(unsafe program.number(buffer.index) == expected)
            #expect(unsafe program.queue(buffer.index) == 0)
        }
    }

    /// K21: as many as the mmap cookie can tell apart. DMABUF, since those come without memory.
    @Test func theMostThereCanBe() throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(maximumBuffers: 32768) }])
        let program = Program(try server.connect())
        program.memory = V4L2_MEMORY_DMABUF.rawValue
        #expect(program.requestBuffers(100_000) == 32768)
        #expect(unsafe program.queryBuffer(32767).result == 0)
        #expect(unsafe program.queryBuffer(32768).result == -EINVAL)
        let memory = try MemoryFile.create(name: "last", size: 4096).intoDescriptor()
        var buffer = unsafe program.blank(32767)
        unsafe buffer.m.fd = memory.raw
        #expect(unsafe program.call(VB2_VIDIOC_QBUF, &buffer) == 0)
        #expect(program.streamOn() == 0)
        #expect(try program.device.waitReadable(timeout: .seconds(10)))
        let (result, done) = unsafe program.dequeue()
        #expect(result == 0)
        #expect(unsafe done.index == 32767)
    }

    @Test(arguments: [false, true]) func hintsGoBackOnlyIfTheDeviceHeedsThem(_ heeds: Bool) throws {
        let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(heedsHints: heeds) }])
        let program = Program(try server.connect())
        var request = v4l2_requestbuffers()
        request.count = 2
        request.type = program.type
        request.memory = program.memory
        request.flags = 0xff
        #expect(program.call(VB2_VIDIOC_REQBUFS, &request) == 0)
        #expect(request.flags == (heeds ? 1 : 0))
        #expect(request.capabilities & 0x40 == (heeds ? 0x40 : 0))
        // Buffers that are there must be of one kind.
        #expect(unsafe create(program, 1).result == (heeds ? -EINVAL : 0))
        #expect(unsafe create(program, 1, flags: 1).result == 0)
        #expect(program.streamOn() == 0)
        for round in 0..<3 {
            var buffer = unsafe program.blank(0)
            unsafe buffer.flags = 0x1800
            #expect(unsafe program.call(VB2_VIDIOC_QBUF, &buffer) == 0)
            #expect(unsafe buffer.flags & 0x1800 == (heeds ? 0x1800 : 0), "round \(round)")
            #expect(try program.device.waitReadable(timeout: .seconds(10)))
            #expect(unsafe program.dequeue().result == 0)
            // K29: without the flag the hint is gone, in the kernel it stays.
            var plain = unsafe program.blank(0)
            #expect(unsafe program.call(VB2_VIDIOC_QBUF, &plain) == 0)
            #expect(unsafe plain.flags & 0x1800 == 0, "round \(round)")
            #expect(try program.device.waitReadable(timeout: .seconds(10)))
            #expect(unsafe program.dequeue().result == 0)
        }
    }
}
