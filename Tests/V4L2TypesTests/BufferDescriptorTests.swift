import CVideoABI
import SystemPackage
import Testing
import V4L2Types

@Suite struct BufferDescriptorTests {
    private func withPlanes(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: count * MemoryLayout<v4l2_plane>.stride, alignment: 8)
        defer { unsafe bytes.deallocate() }
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
        try unsafe body(bytes)
    }

    @Test func singlePlanar() throws {
        var value = BufferDescriptor(index: 2, type: .videoOutput, memory: .dmaBuf)
        value.flags = [.timecode, .requestDescriptor]
        value.timestampSeconds = 12
        value.timestampMicroseconds = 34
        value.timecode.userBits = 0x0403_0201
        value.requestDescriptor = 9
        value.planes[0] = BufferDescriptor.Plane(bytesUsed: 10, length: 20)
        value.planes[0].descriptor = -1
        var c = unsafe v4l2_buffer()
        unsafe value.encode(into: &c, planes: UnsafeMutableRawBufferPointer(start: nil, count: 0))
        unsafe #expect(c.m.fd == -1 && c.length == 20 && c.bytesused == 10 && c.timecode.userbits.3 == 4)
        let copy = try unsafe BufferDescriptor(c, planes: UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(copy.planes[0].descriptor == -1)
        #expect(copy.planes[0].bytesUsed == 10 && copy.planes[0].length == 20)
        #expect(copy.flags == value.flags && copy.timecode == value.timecode)
        #expect(copy.timestampSeconds == 12 && copy.timestampMicroseconds == 34 && copy.requestDescriptor == 9)
        #expect(copy.planeCount == 1)
    }

    @Test func multiplanar() throws {
        try unsafe withPlanes(3) { bytes in
            var value = BufferDescriptor(index: 1, type: .videoCaptureMultiplanar, memory: .mmap)
            value.planeCount = 2
            value.planes[0] = BufferDescriptor.Plane(bytesUsed: 1, length: 2, location: 3, dataOffset: 4)
            value.planes[1] = BufferDescriptor.Plane(bytesUsed: 5, length: 6, location: 7, dataOffset: 8)
            var c = unsafe v4l2_buffer()
            unsafe c.m.userptr = 0xdead_0000
            unsafe value.encode(into: &c, planes: bytes)
            unsafe #expect(c.length == 2 && c.bytesused == 0 && c.m.userptr == 0xdead_0000)
            let copy = try unsafe BufferDescriptor(c, planes: UnsafeRawBufferPointer(bytes))
            #expect(copy.planeCount == 2 && copy.planeCapacity == 2)
            #expect(copy.planes[0] == value.planes[0] && copy.planes[1] == value.planes[1])
            #expect(copy.planes[2] == BufferDescriptor.Plane())
        }
    }

    @Test func planesThatAreMissing() throws {
        var c = unsafe v4l2_buffer()
        unsafe c.type = BufferType.videoCaptureMultiplanar.rawValue
        unsafe c.length = 9
        unsafe c.m.userptr = 8
        let none = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(throws: Errno.invalidArgument) { try unsafe BufferDescriptor(c, planes: none) }
        unsafe c.length = 1
        #expect(throws: Errno.badAddress) { try unsafe BufferDescriptor(c, planes: none) }
        unsafe c.m.userptr = 0
        let value = try unsafe BufferDescriptor(c, planes: none)
        #expect(value.planeCount == 0 && value.planeCapacity == 1)
    }

    @Test func onlyAsManyPlanesAreWrittenAsThereIsRoomFor() {
        unsafe withPlanes(1) { bytes in
            var value = BufferDescriptor(index: 0, type: .videoCaptureMultiplanar, memory: .mmap)
            value.planeCount = 8
            var c = unsafe v4l2_buffer()
            unsafe value.encode(into: &c, planes: bytes)
            unsafe #expect(c.length == 8)
        }
    }
}
