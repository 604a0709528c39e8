import BufferQueue
import Imaging
import LinuxSystem
import PixelFormats
import SystemPackage
import Testing
import V4L2Types
import VideoDevice
import VirtualDevices

struct DisplayTests {
    @Test(arguments: [false, true])
    func `every format is shown, recorded and pictured`(isMultiPlanar: Bool) throws {
        let formats = PixelFormat.all.filter { isMultiPlanar || $0.memoryPlanes == 1 }
        #expect(formats.count == (isMultiPlanar ? 14 : 12))
        // The code's cells are too small for JPEG in a smaller frame.
        let size = FrameSize(width: 320, height: 240)
        for format in formats {
            let bench = try DisplayBench(format: format.fourCC, isMultiPlanar: isMultiPlanar, size: size)
            try bench.start()
            for frame in UInt32(0)..<3 {
                try bench.give(Int(frame), frame: frame)
                #expect(bench.service(0) == .soon)
            }
            #expect(bench.service(0) == .whenQueued)
            bench.queue.streamOff()
            #expect(try bench.recorded() == [0, 1, 2], "\(format.fourCC)")
            #expect(try bench.pictured() == 2, "\(format.fourCC)")
            bench.queue.release()
            #expect(bench.queue.counters.unbalanced.isEmpty)
        }
    }

    @Test func `a live display shows a frame at each moment, and the last one longer when there is none`() throws {
        let bench = try DisplayBench(pace: .live)
        try bench.start()
        for index in 0..<3 { try bench.give(index, frame: UInt32(index)) }
        #expect(bench.service(0) == .at(CameraBench.time(100)))
        #expect(bench.service(99) == .at(CameraBench.time(100)))
        #expect(try bench.queue.dequeue() == 0)
        #expect(try bench.queue.dequeue() == nil)
        #expect(bench.service(100) == .at(CameraBench.time(200)))
        #expect(bench.service(200) == .at(CameraBench.time(300)))
        #expect(bench.service(300) == .whenQueued)
        #expect(bench.display.starvedCount == 1)
        let index = try #require(try bench.queue.dequeue())
        #expect(bench.queue.buffers[index].payload.sequence == 1)
        #expect(bench.queue.buffers[index].payload.timestamp == CameraBench.time(100).nanoseconds)
        // A moment was lost, and its number with it.
        try bench.give(index, frame: 3)
        #expect(bench.service(350) == .at(CameraBench.time(400)))
        #expect(bench.service(400) == .at(CameraBench.time(500)))
        #expect(bench.queue.buffers[index].payload.sequence == 4)
        bench.queue.streamOff()
        #expect(try bench.recorded() == [0, 1, 2, 3])
    }

    @Test func `what is queued when a live stream ends is not shown`() throws {
        let bench = try DisplayBench(pace: .live)
        try bench.start()
        for index in 0..<3 { try bench.give(index, frame: UInt32(index)) }
        _ = bench.service(0)
        bench.queue.streamOff()
        #expect(try bench.recorded() == [0])
        #expect(try bench.pictured() == 0)
    }

    @Test(arguments: [FourCC.yuyv, .nv12m, .yu12m])
    func `what is in front of the payload is no part of the picture`(fourCC: FourCC) throws {
        let bench = try DisplayBench(format: fourCC, isMultiPlanar: true)
        let sizes = bench.display.planeSizes
        _ = try bench.queue.createBuffers(1, memory: .mmap, sizes: PlaneSizes(count: sizes.count) { sizes[$0] + 64 })
        try bench.queue.streamOn()
        try bench.give(0, frame: 9, offset: 64)
        #expect(bench.service(0) == .soon)
        #expect(try bench.recorded() == [9])
        #expect(bench.queue.buffers[0].planes[0].dataOffset == 64)
    }

    @Test func `a plane that lacks bytes of a frame is refused`() throws {
        let bench = try DisplayBench(format: .yuyv, isMultiPlanar: true)
        try bench.start()
        var submission = BufferSubmission()
        submission.planeCount = 1
        submission.planes[0].bytesUsed = 64 * 48 * 2 - 1
        #expect(throws: Errno.invalidArgument) { try bench.queue.enqueue(0, submission) }
        submission.planes[0].bytesUsed = 64 * 48 * 2
        submission.planes[0].dataOffset = 2
        #expect(throws: Errno.invalidArgument) { try bench.queue.enqueue(0, submission) }
        submission.planes[0].dataOffset = 0
        try bench.queue.enqueue(0, submission)
        #expect(bench.queue.buffers[0].payload.field == FieldOrder.none.rawValue)
    }

    @Test func `a damaged picture is completed with an error, and the stream goes on`() throws {
        let bench = try DisplayBench(format: .mjpg, size: FrameSize(width: 320, height: 240))
        try bench.start()
        var garbage = BufferSubmission()
        garbage.planeCount = 1
        garbage.planes[0].bytesUsed = 100
        try bench.queue.enqueue(0, garbage)
        try bench.give(1, frame: 7)
        #expect(bench.service(0) == .soon)
        #expect(bench.queue.state.slots[0].state == .failed)
        #expect(bench.display.failure != nil)
        #expect(bench.service(0) == .soon)
        #expect(bench.queue.state.slots[1].state == .done)
        #expect(try bench.recorded() == [7])
    }

    @Test func `a recording keeps the size of its first frame`() throws {
        let bench = try DisplayBench(size: FrameSize(width: 640, height: 480))
        try bench.start()
        try bench.give(0, frame: 1)
        _ = bench.service(0)
        bench.queue.release()
        let handle = HandleTable(now: { 0 }).open(isReadable: true, isWritable: true)
        let half = try #require(VideoFormat.layout(.yuyv, size: FrameSize(width: 320, height: 240)))
        _ = try bench.display.setFormat(half, for: bench.display.bufferType, on: handle)
        try bench.start()
        try bench.queue.enqueue(0, BufferSubmission())
        _ = bench.service(0)
        bench.queue.release()
        #expect(bench.display.failure == nil)
        #expect(bench.display.shownCount == 2)
        #expect(try bench.recorded() == [1])
    }

    @Test func `a recording that can't be made is said at once`() {
        #expect(throws: ImagingError.self) {
            try VirtualDisplay(configuration: DisplayConfiguration(recordingPath: "/nonexistent/a.y4m"))
        }
    }

    @Test func `a display that keeps nothing reads nothing`() throws {
        let bench = try DisplayBench(format: .mjpg, keeps: false)
        try bench.start()
        try bench.queue.enqueue(0, BufferSubmission())
        #expect(bench.service(0) == .soon)
        #expect(bench.queue.state.slots[0].state == .done)
    }
}
