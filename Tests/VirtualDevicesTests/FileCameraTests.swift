import BufferQueue
import Imaging
import LinuxSystem
import PictureSources
import PixelFormats
import SystemPackage
import Testing
import V4L2Types
import VideoDevice
import VirtualDevices

struct FileCameraTests {
    private static let lastFlag = BufferFlags.last.rawValue

    /// A clip of 64x48 whose frames have the luma 60, 80, 100...
    private func withClip<Result>(frames: Int, cut: Int = 0, _ body: (String) throws -> Result) throws -> Result {
        let folder = try Files.makeTemporaryDirectory(prefix: "camera-")
        defer { try? Files.removeTree(folder) }
        var content = Array("YUV4MPEG2 W64 H48 F15:1 C420jpeg\n".utf8)
        for frame in 0..<frames {
            content += Array("FRAME\n".utf8)
            content += [UInt8](repeating: UInt8(60 + 20 * frame), count: 64 * 48)
            content += [UInt8](repeating: 128, count: 64 * 24)
        }
        content.removeLast(cut)
        try Files.write(content, to: "\(folder)/clip.y4m")
        return try body("\(folder)/clip.y4m")
    }

    private func configuration(_ path: String, loops: Bool = false) -> CameraConfiguration {
        CameraConfiguration(source: .file(path: path, loops: loops), pace: .onDemand, fourCC: .grey)
    }

    /// The luma in the middle of the oldest frame.
    private func luma(_ bench: CameraBench) throws -> UInt8 {
        let index = try #require(try bench.queue.dequeue())
        let picture = try bench.picture(in: index)
        try bench.give(index)
        return unsafe picture.luma[picture.height / 2 * picture.lumaStride + picture.width / 2]
    }

    @Test func `size and interval are the file's, and there is no pattern to choose`() throws {
        try withClip(frames: 1) { path in
            let bench = try CameraBench(configuration(path))
            let camera = bench.camera
            #expect(
                try camera.format(for: .videoCapture, on: bench.handle).size == FrameSize(width: 64, height: 48))
            #expect(try camera.parameters(for: .videoCapture, on: bench.handle).interval == Rational(1, 15))
            #expect(throws: Errno.invalidArgument) { try camera.controls?.value(of: .testPattern) }
            #expect(try camera.controls?.value(of: .brightness) == 128)
        }
    }

    @Test func `each frame is announced as an event`() throws {
        try withClip(frames: 2) { path in
            let bench = try CameraBench(configuration(path))
            var events: [VideoEvent.Content] = []
            bench.camera.onEvent = { events.append($0.content) }
            #expect(bench.camera.supportsEvent(.frameSync, id: 0))
            for kind in EventKind.allCases { #expect(!bench.camera.supportsEvent(kind, id: 1)) }
            #expect(!bench.camera.supportsEvent(.endOfStream, id: 0))
            try bench.start(buffers: 3)
            for time in Int64(0)..<4 { _ = bench.service(time) }
            #expect(events == [.frameSync(sequence: 0), .frameSync(sequence: 1)])
        }
    }

    @Test func `played once, the stream ends with an empty last buffer`() throws {
        try withClip(frames: 2) { path in
            let bench = try CameraBench(configuration(path))
            // A second stream plays the file again.
            for _ in 0..<2 {
                try bench.start(buffers: 3)
                #expect(bench.service(0) == .soon)
                #expect(bench.service(1) == .soon)
                #expect(bench.service(2) == .whenStarted)
                #expect(try luma(bench) == 60)
                #expect(try luma(bench) == 80)
                let last = try #require(try bench.queue.dequeue())
                let buffer = bench.queue.buffers[last]
                #expect(buffer.payload.flags == Self.lastFlag)
                #expect(buffer.payload.sequence == 2)
                #expect(buffer.planes[0].bytesUsed == 0)
                #expect(bench.service(3) == .whenStarted)
                #expect(throws: Errno.brokenPipe) { try bench.queue.dequeue() }
                #expect(bench.leaks().isEmpty)
            }
        }
    }

    @Test func `looped, it goes on, at any size`() throws {
        try withClip(frames: 2) { path in
            let bench = try CameraBench(configuration(path, loops: true))
            try bench.setFormat(.grey, FrameSize(width: 128, height: 96))
            try bench.start()
            for frame in 0..<6 {
                #expect(bench.service(Int64(frame)) == .soon)
                #expect(try luma(bench) == (frame % 2 == 0 ? 60 : 80))
            }
        }
    }

    @Test func `a live file ends too`() throws {
        try withClip(frames: 1) { path in
            var live = configuration(path)
            live.pace = .live
            let bench = try CameraBench(live)
            try bench.start()
            #expect(bench.service(0) == .at(CameraBench.time(0) + 66_666_666))
            #expect(bench.service(67) == .whenStarted)
            #expect(try bench.sequence() == 0)
            let last = try #require(try bench.queue.dequeue())
            #expect(bench.queue.buffers[last].payload.flags == Self.lastFlag)
        }
    }

    @Test func `damage fails the queue, and says why`() throws {
        try withClip(frames: 2, cut: 10) { path in
            let told = Locked<[String]>([])
            var damaged = configuration(path)
            damaged.onMessage = { line in told.withLock { $0.append(line) } }
            let bench = try CameraBench(damaged)
            try bench.start()
            #expect(bench.service(0) == .soon)
            #expect(bench.service(1) == .whenStarted)
            #expect(bench.service(2) == .whenStarted)
            #expect(throws: Errno.ioError) { try bench.queue.dequeue() }
            #expect(bench.camera.failure?.message.contains("cut off") == true)
            #expect(told.withLock { $0.count } == 1)
            try bench.camera.logStatus()
            #expect(told.withLock { $0.last?.contains("cut off") } == true)
            #expect(bench.leaks().isEmpty)
        }
    }

    @Test func `a file that is gone gives EIO at the next stream`() throws {
        let bench = try withClip(frames: 1) { path in
            let bench = try CameraBench(configuration(path))
            try bench.start()
            _ = bench.service(0)
            bench.queue.release()
            return bench
        }
        #expect(throws: Errno.ioError) { try bench.start() }
        #expect(bench.camera.failure != nil)
        #expect(bench.service(0) == .whenStarted)
        #expect(bench.leaks().isEmpty)
    }

    @Test func `a file that isn't there is refused at once`() throws {
        #expect(throws: PictureSourceError.self) { try CameraBench(configuration("/nonexistent/clip.y4m")) }
    }
}
