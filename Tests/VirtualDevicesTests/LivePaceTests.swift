import BufferQueue
import LinuxSystem
import PictureSources
import PixelFormats
import Testing
import V4L2Types
import VideoDevice
import VirtualDevices

struct LivePaceTests {
    private let bench: CameraBench

    init() throws {
        bench = try CameraBench(CameraConfiguration(size: FrameSize(width: 48, height: 32), interval: Rational(1, 10)))
    }

    @Test func `frames come on the grid, each with its number and time`() throws {
        #expect(bench.service(0) == .whenStarted)
        try bench.start()
        for frame in 0..<5 {
            let due = Int64(frame) * 100
            if frame > 0 { #expect(bench.service(due - 1) == .at(CameraBench.time(due))) }
            #expect(bench.service(due) == .at(CameraBench.time(due + 100)))
            let index = try #require(try bench.queue.dequeue())
            let payload = bench.queue.buffers[index].payload
            #expect(payload.sequence == UInt32(frame))
            #expect(payload.timestamp == CameraBench.time(due).nanoseconds)
            #expect(payload.field == FieldOrder.none.rawValue)
            #expect(payload.flags == 0)
            let stamp = BlockCode.Stamp(number: UInt32(frame), milliseconds: UInt32(due))
            #expect(try bench.reading(in: index) == .frame(stamp))
            try bench.give(index)
        }
        #expect(bench.camera.starvedCount == 0)
        #expect(bench.camera.lateCount == 0)
        #expect(bench.leaks().isEmpty)
    }

    @Test func `frames without a buffer starve, and the next is made at the next moment of the grid`() throws {
        try bench.start(buffers: 1)
        #expect(bench.service(0) == .at(CameraBench.time(100)))
        #expect(bench.service(100) == .whenQueued)
        #expect(bench.camera.starvedCount == 1)
        // Frames 2 and 3 come due before a buffer does.
        #expect(try bench.sequence() == 0)
        #expect(bench.service(350) == .at(CameraBench.time(400)))
        #expect(bench.camera.starvedCount == 3)
        #expect(bench.service(400) == .at(CameraBench.time(500)))
        #expect(try bench.sequence() == 4)
        #expect(bench.camera.starvedCount == 3)
        #expect(bench.camera.lateCount == 0)
    }

    @Test func `a buffer that comes before the next moment ends the starving`() throws {
        try bench.start(buffers: 1)
        _ = bench.service(0)
        #expect(bench.service(101) == .whenQueued)
        #expect(try bench.sequence() == 0)
        #expect(bench.service(150) == .at(CameraBench.time(200)))
        #expect(bench.service(200) == .at(CameraBench.time(300)))
        #expect(try bench.sequence() == 2)
        #expect(bench.camera.starvedCount == 1)
    }

    @Test func `still without a buffer, the frames count once each`() throws {
        try bench.start(buffers: 1)
        _ = bench.service(0)
        #expect(bench.service(100) == .whenQueued)
        #expect(bench.service(150) == .whenQueued)
        #expect(bench.service(250) == .whenQueued)
        #expect(bench.camera.starvedCount == 2)
    }

    @Test func `called late, the camera leaves frames out and counts them`() throws {
        try bench.start(buffers: 3)
        _ = bench.service(0)
        #expect(bench.service(370) == .at(CameraBench.time(400)))
        #expect(bench.camera.lateCount == 2)
        #expect(bench.camera.starvedCount == 0)
        #expect(try bench.sequence() == 0)
        let index = try #require(try bench.queue.dequeue())
        #expect(bench.queue.buffers[index].payload.sequence == 3)
        #expect(bench.queue.buffers[index].payload.timestamp == CameraBench.time(370).nanoseconds)
    }

    @Test func `a stream begins anew after STREAMOFF`() throws {
        try bench.start()
        _ = bench.service(0)
        _ = bench.service(100)
        bench.queue.streamOff()
        #expect(bench.service(200) == .whenStarted)
        try bench.give(0)
        try bench.queue.streamOn()
        #expect(bench.service(5050) == .at(CameraBench.time(5150)))
        let index = try #require(try bench.queue.dequeue())
        #expect(try bench.reading(in: index) == .frame(BlockCode.Stamp(number: 0, milliseconds: 0)))
        #expect(bench.leaks().isEmpty)
    }

    @Test func `a new interval holds from the next frame on`() throws {
        try bench.start(buffers: 4)
        _ = bench.service(0)
        var parameters = try bench.camera.parameters(for: .videoCapture, on: bench.handle)
        parameters.interval = Rational(1, 100)
        _ = try bench.camera.setParameters(parameters, on: bench.handle)
        #expect(bench.service(50) == .at(CameraBench.time(100)))
        #expect(bench.service(100) == .at(CameraBench.time(110)))
    }
}
