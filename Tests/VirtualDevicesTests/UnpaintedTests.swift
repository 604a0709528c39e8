import BufferQueue
import BufferSharing
import PixelFormats
import Testing
import VideoDevice
import VirtualDevices

struct UnpaintedTests {
    /// The frames come, whole and numbered, and every byte is what the program left there.
    @Test func `buffers come back as they were queued`() throws {
        let size = FrameSize(width: 64, height: 48)
        let bench = try CameraBench(CameraConfiguration(source: .unpainted, pace: .onDemand, size: size, fourCC: .yuyv))
        #expect(bench.camera.controls?.controls.isEmpty == true)
        try bench.start(buffers: 3)
        for index in 0..<3 {
            let buffer = try #require(bench.queue.sharedBuffer(ofPlane: 0, ofBuffer: index))
            let mapping = try AddressSpace.process.attach(buffer).map(direction: .fromDevice).mapping
            mapping.withMutableBytes { bytes in
                for place in bytes.byteOffsets {
                    bytes.storeBytes(of: UInt8(truncatingIfNeeded: place + index), toByteOffset: place, as: UInt8.self)
                }
            }
        }
        for frame in UInt32(0)..<3 {
            #expect(bench.service(Int64(frame)) == .soon)
            let index = try #require(try bench.queue.dequeue())
            #expect(bench.queue.buffers[index].payload.sequence == frame)
            #expect(bench.queue.buffers[index].planes[0].bytesUsed == 64 * 48 * 2)
            let buffer = try #require(bench.queue.sharedBuffer(ofPlane: 0, ofBuffer: index))
            let mapping = try AddressSpace.process.attach(buffer).map(direction: .toDevice).mapping
            let isUntouched = mapping.withBytes { bytes in
                bytes.byteOffsets.allSatisfy { place in
                    unsafe bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)
                        == UInt8(truncatingIfNeeded: place + index)
                }
            }
            #expect(isUntouched)
        }
    }
}
