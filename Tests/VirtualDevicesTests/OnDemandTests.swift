import BufferQueue
import PictureSources
import PixelFormats
import Testing
import VideoDevice
import VirtualDevices

struct OnDemandTests {
    @Test(arguments: [false, true])
    func `every format carries its frame's number`(isMultiPlanar: Bool) throws {
        let configuration = CameraConfiguration(pace: .onDemand, isMultiPlanar: isMultiPlanar)
        let bench = try CameraBench(configuration)
        let formats = PixelFormat.all.filter { isMultiPlanar || $0.memoryPlanes == 1 }
        #expect(formats.count == (isMultiPlanar ? 14 : 12))
        for format in formats {
            for size in [FrameSize(width: 48, height: 32), FrameSize(width: 640, height: 480)] {
                let set = try bench.setFormat(format.fourCC, size)
                #expect(set.fourCC == format.fourCC && set.size == size && set.planeCount == format.memoryPlanes)
                try bench.start()
                for frame in UInt32(0)..<3 {
                    #expect(bench.service(Int64(frame)) == .soon)
                    let index = try #require(try bench.queue.dequeue())
                    let buffer = bench.queue.buffers[index]
                    #expect(buffer.planeCount == format.memoryPlanes)
                    #expect(buffer.payload.sequence == frame)
                    for plane in 0..<buffer.planeCount {
                        let used = buffer.planes[plane].bytesUsed
                        if format.isCompressed {
                            #expect(used > 0 && used <= set.planes[plane].sizeImage)
                        } else {
                            #expect(used == set.planes[plane].sizeImage)
                        }
                    }
                    // The code's cells are too small for JPEG in the smallest frame.
                    if !format.isCompressed || size.width > 48 {
                        let stamp = BlockCode.Stamp(number: frame, milliseconds: frame)
                        #expect(try bench.reading(in: index) == .frame(stamp), "\(format.fourCC) \(size)")
                    }
                    try bench.give(index)
                }
                #expect(bench.leaks().isEmpty)
            }
        }
    }

    @Test func `a frame for each buffer, none starved, and the numbers have no gap`() throws {
        let bench = try CameraBench(CameraConfiguration(pace: .onDemand, size: FrameSize(width: 48, height: 32)))
        try bench.start(buffers: 3)
        #expect(bench.service(0) == .soon)
        #expect(bench.service(0) == .soon)
        #expect(bench.service(0) == .soon)
        #expect(bench.service(0) == .whenQueued)
        for sequence in UInt32(0)..<3 { #expect(try bench.sequence() == sequence) }
        #expect(bench.service(90_000) == .soon)
        #expect(try bench.sequence() == 3)
        #expect(bench.camera.starvedCount == 0)
        #expect(bench.camera.lateCount == 0)
    }

    @Test func `a long stride is kept`() throws {
        let bench = try CameraBench(CameraConfiguration(pace: .onDemand))
        let set = try bench.setFormat(.nv12, FrameSize(width: 320, height: 240), bytesPerLine: 400)
        #expect(set.planes[0].bytesPerLine == 400)
        try bench.start()
        _ = bench.service(0)
        let index = try #require(try bench.queue.dequeue())
        #expect(try bench.reading(in: index) == .frame(BlockCode.Stamp(number: 0, milliseconds: 0)))
    }
}
