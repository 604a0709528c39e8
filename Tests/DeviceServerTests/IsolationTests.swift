import BufferSharing
import CVideoABI
import DeviceClient
import DeviceProtocol
import DeviceServer
import LinuxSystem
import Testing

/// What a handle can't see or do of another's.
@Suite struct IsolationTests {
    private static func server(evictable: Bool) throws -> TestServer {
        let heap: any BufferHeap =
            evictable ? try EvictableHeap(.init(budget: 1 << 20, usesSwap: false)) : MemoryFileHeap()
        return try TestServer([DeviceSpecification(node: 0) { CountingDevice(heap: heap) }])
    }

    private static func map(_ program: Program, _ index: UInt32) throws -> MappedPlane {
        let (result, buffer) = unsafe program.queryBuffer(index)
        try #require(result == 0)
        return unsafe MappedPlane(
            try program.device.map(offset: UInt64(buffer.m.offset), length: Int(buffer.length)))
    }

    private static func isZero(_ plane: MappedPlane) -> Bool {
        plane.mapping.withBytes { bytes in
            for place in 0..<bytes.byteCount where unsafe bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self) != 0 {
                return false
            }
            return true
        }
    }

    private static func fill(_ plane: MappedPlane) {
        plane.mapping.withMutableBytes { bytes in
            for place in 0..<bytes.byteCount { bytes.storeBytes(of: 0xAA, toByteOffset: place, as: UInt8.self) }
        }
    }

    /// Buffers of a new owner are zero, to the end of their last page. With a heap that gives a file again
    /// (MemoryFileHeap.allocate, EvictableHeap.allocate) instead of making one each time this fails.
    @Test(arguments: [false, true]) func aNewOwnerSeesZeros(_ isEvictable: Bool) throws {
        let server = try Self.server(evictable: isEvictable)
        let first = Program(try server.connect())
        let second = Program(try server.connect())
        for _ in 0..<3 {
            for (one, other) in [(first, second), (second, first)] {
                #expect(one.requestBuffers(4) == 4)
                for index in 0..<4 as Range<UInt32> {
                    let plane = try Self.map(one, index)
                    #expect(Self.isZero(plane))
                    Self.fill(plane)
                }
                #expect(other.requestBuffers(1) == -EBUSY)
                #expect(one.requestBuffers(0) == 0)
            }
        }
    }

    /// The same for single buffers that come and go.
    @Test(arguments: [false, true]) func aNewBufferIsZero(_ isEvictable: Bool) throws {
        let server = try Self.server(evictable: isEvictable)
        let program = Program(try server.connect())
        #expect(program.requestBuffers(2) == 2)
        for _ in 0..<10 {
            Self.fill(try Self.map(program, 1))
            var remove = vb2_remove_buffers()
            remove.index = 1
            remove.count = 1
            remove.type = program.type
            #expect(program.call(VB2_VIDIOC_REMOVE_BUFS, &remove) == 0)
            let (result, made) = unsafe program.createBuffers(1, size: 4096)
            #expect(result == 0)
            #expect(unsafe made.index == 1)
            #expect(Self.isZero(try Self.map(program, 1)))
        }
    }

    /// Whatever would change or give away a buffer is its owner's alone: EBUSY, as the kernel has it (A18). What it lets
    /// anybody do is QUERYBUF, and mmap, here for programs of the same user (A39, A81).
    /// Without `checkOwner` in QueueIoctls, in each of its functions, this fails.
    @Test func anotherHandleIsBusy() throws {
        let server = try Self.server(evictable: false)
        let owner = Program(try server.connect())
        let other = Program(try server.connect())
        #expect(owner.requestBuffers(2) == 2)
        #expect(other.queue(0) == -EBUSY)
        var buffer = unsafe other.blank(0)
        #expect(unsafe other.call(VB2_VIDIOC_PREPARE_BUF, &buffer) == -EBUSY)
        #expect(unsafe other.dequeue().result == -EBUSY)
        var export = v4l2_exportbuffer()
        export.type = other.type
        #expect(other.call(VB2_VIDIOC_EXPBUF, &export) == -EBUSY)
        #expect(owner.call(VB2_VIDIOC_EXPBUF, &export) == 0)
        _ = OwnedDescriptor(adopting: export.fd)
        var remove = vb2_remove_buffers()
        remove.count = 1
        remove.type = other.type
        #expect(other.call(VB2_VIDIOC_REMOVE_BUFS, &remove) == -EBUSY)
        #expect(unsafe other.createBuffers(1, size: 4096).result == -EBUSY)
        #expect(other.requestBuffers(0) == -EBUSY)
        #expect(other.streamOn() == -EBUSY)
        #expect(other.streamOff() == -EBUSY)
        #expect(unsafe other.queryBuffer(0).result == 0)
        #expect(Self.isZero(try Self.map(other, 0)))
    }

    /// The requests that are no ioctls. Without the owner's check in Session.performPlane, or without the hand-outs in
    /// GuardAccount.accept, this fails.
    @Test func noRequestNamesAnothersBuffer() throws {
        let server = try Self.server(evictable: true)
        let owner = Program(try server.connect())
        #expect(owner.requestBuffers(2) == 2)
        _ = try Self.map(owner, 0)
        let other = try RawPeer.open(path: "\(server.directory)/video0.vb2")
        try other.send(VB2_OP_PLANE, command: 0, value: 0)
        #expect(try other.reply() == -EBUSY)
        // A guard needs a userfaultfd; anything else is refused, and so is a buffer that wasn't handed to this process.
        let file = try MemoryFile.create(name: "guard", size: 4096)
        try other.send(VB2_OP_GUARD, command: 0, value: 0, descriptor: file.descriptor.raw)
        #expect(try other.reply() == -EINVAL)
    }
}
