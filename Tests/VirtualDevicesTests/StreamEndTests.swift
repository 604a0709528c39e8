import BufferQueue
import LinuxSystem
import PixelFormats
import SystemPackage
import Testing
import V4L2Types
import VideoDevice
import VirtualDevices

/// How a camera's stream ends, and what it says of that.
struct StreamEndTests {
    private static let small = FrameSize(width: 64, height: 48)
    private static let large = FrameSize(width: 128, height: 96)

    private func configuration() -> CameraConfiguration {
        CameraConfiguration(pace: .onDemand, size: Self.small, fourCC: .grey)
    }

    @Test func `after its frames come LAST, EPIPE, and an EOS event if the camera has it`() throws {
        for announces in [false, true] {
            var configuration = configuration()
            configuration.frameCount = 2
            configuration.announcesEnd = announces
            let bench = try CameraBench(configuration)
            var ends = 0
            bench.camera.onEvent = { if $0.content == .endOfStream { ends += 1 } }
            #expect(bench.camera.supportsEvent(.endOfStream, id: 0) == announces)
            // Each stream has as many.
            for stream in 1...2 {
                try bench.start(buffers: 3)
                for time in Int64(0)..<2 { #expect(bench.service(time) == .soon) }
                #expect(bench.service(2) == .whenStarted)
                #expect(ends == (announces ? stream : 0))
                #expect(try bench.sequence() == 0)
                #expect(try bench.sequence() == 1)
                let last = try #require(try bench.queue.dequeue())
                #expect(bench.queue.buffers[last].payload.flags == BufferFlags.last.rawValue)
                #expect(throws: Errno.brokenPipe) { try bench.queue.dequeue() }
                #expect(bench.leaks().isEmpty)
            }
        }
    }

    @Test func `a source that changes says so, ends the stream, and has another size from then on`() throws {
        var configuration = configuration()
        configuration.sourceChange = .init(frame: 1, size: Self.large)
        let bench = try CameraBench(configuration)
        var events: [VideoEvent.Content] = []
        bench.camera.onEvent = { events.append($0.content) }
        #expect(bench.camera.supportsEvent(.sourceChange, id: 0))
        try bench.start(buffers: 3)
        #expect(bench.service(0) == .soon)
        #expect(try bench.camera.format(for: .videoCapture, on: bench.handle).size == Self.small)
        #expect(bench.service(1) == .whenStarted)
        #expect(events == [.frameSync(sequence: 0), .sourceChange(.resolution)])
        #expect(try bench.camera.format(for: .videoCapture, on: bench.handle).size == Self.large)
        #expect(try bench.sequence() == 0)
        let last = try #require(try bench.queue.dequeue())
        #expect(bench.queue.buffers[last].payload.flags == BufferFlags.last.rawValue)
        #expect(throws: Errno.brokenPipe) { try bench.queue.dequeue() }
        #expect(bench.leaks().isEmpty)

        // New buffers have the new size, and nothing changes a second time.
        try bench.start(buffers: 3)
        for time in Int64(10)..<13 { #expect(bench.service(time) == .soon) }
        let index = try #require(try bench.queue.dequeue())
        #expect(bench.queue.buffers[index].planes[0].bytesUsed == Self.large.width * Self.large.height)
        #expect(events.filter { $0 == .sourceChange(.resolution) }.count == 1)
    }

    @Test func `buffers of the old size give EIO, and are not written beyond`() throws {
        var configuration = configuration()
        configuration.sourceChange = .init(frame: 1, size: Self.large)
        let bench = try CameraBench(configuration)
        try bench.start(buffers: 2)
        _ = bench.service(0)
        _ = bench.service(1)
        bench.queue.streamOff()
        for index in 0..<2 { try bench.give(index) }
        try bench.queue.streamOn()
        #expect(bench.service(2) == .whenStarted)
        #expect(throws: Errno.ioError) { try bench.queue.dequeue() }
    }
}
