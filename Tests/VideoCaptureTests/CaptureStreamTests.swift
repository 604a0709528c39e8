import CVideoABI
import LinuxSystem
import PixelFormats
import Synchronization
import Testing
import V4L2Types

@testable import VideoCapture

struct CaptureStreamTests {
    private struct Refusal: Error {}

    private func stream(_ change: (inout FakeDevice.State) -> Void) throws -> (FakeDevice, CaptureStream) {
        let fake = FakeDevice()
        fake.state.withLock { change(&$0) }
        return (fake, try CaptureDevice(transport: fake, path: "/dev/fake").startStream(bufferCount: 3))
    }

    @Test func framesComeAndGoBack() throws {
        let (fake, stream) = try stream { $0.sequences = [7, 8, 9] }
        #expect(fake.state.withLock { $0.queued } == [0, 1, 2])
        var sequences: [UInt32] = []
        for _ in 0..<3 {
            try stream.nextFrame { frame in
                sequences.append(frame.sequence)
                #expect(frame.lostBefore == 0)
                #expect(frame.timestamp.seconds == Int64(frame.sequence))
                #expect(frame.planeCount == 1)
            }
        }
        #expect(sequences == [7, 8, 9])
        #expect(stream.frameCount == 3)
        #expect(stream.lostCount == 0)
        #expect(fake.state.withLock { $0.queued } == [0, 1, 2])
    }

    @Test func aDeviceThatKeepsItsMemoryIsNotAsked() throws {
        let (_, plain) = try stream { _ in }
        #expect(plain.eviction == .notAsked)
        let fake = FakeDevice()
        let stream = try CaptureDevice(transport: fake, path: "/dev/fake").startStream(allowsEviction: true)
        #expect(stream.eviction == .notNeeded)
    }

    @Test func gapsAreCounted() throws {
        let (_, stream) = try stream { $0.sequences = [1, 2, 5, UInt32.max, 0, 3] }
        var lost: [UInt32] = []
        for _ in 0..<6 { try stream.nextFrame { lost.append($0.lostBefore) } }
        // From 5 to 2^32 - 1 is a step back; from there to 0 is the number after it.
        #expect(lost == [0, 0, 2, 0, 0, 2])
        #expect(stream.lostCount == 4)
    }

    @Test func timeoutGivesNil() throws {
        let (fake, stream) = try stream { _ in }
        #expect(try stream.nextFrame(timeout: .zero) { _ in true } == nil)
        #expect(!stream.isEnded)
        #expect(fake.state.withLock { $0.waits } == 0)
    }

    @Test func endGivesNil() throws {
        let (_, stream) = try stream { $0.emptyErrno = .brokenPipe }
        #expect(try stream.nextFrame { _ in true } == nil)
        #expect(stream.isEnded)
    }

    @Test func emptyLastBufferIsTheEnd() throws {
        let (_, stream) = try stream {
            $0.sequences = [0]
            $0.flags = .last
        }
        #expect(try stream.nextFrame { _ in true } == nil)
        #expect(stream.isEnded)
        #expect(stream.frameCount == 0)
    }

    @Test func lastFrameIsAFrame() throws {
        let (_, stream) = try stream {
            $0.sequences = [0]
            $0.flags = .last
            $0.bytesUsed = 3072
        }
        #expect(try stream.nextFrame { $0.flags.contains(.last) } == true)
        #expect(!stream.isEnded)
    }

    @Test func lostDeviceIsAnError() throws {
        let (_, stream) = try stream { $0.emptyErrno = .operationNotSupportedByDevice }
        #expect(throws: CaptureError.disconnected) { try stream.nextFrame { _ in true } }
    }

    @Test func frameOfAFailedBodyGoesBack() throws {
        let (fake, stream) = try stream { $0.sequences = [0] }
        #expect(throws: Refusal.self) { try stream.nextFrame { _ in throw Refusal() } }
        #expect(fake.state.withLock { $0.queued }.sorted() == [0, 1, 2])
    }

    @Test func endOfTheOwnerStopsAndFrees() throws {
        let fake = FakeDevice()
        let device = try CaptureDevice(transport: fake, path: "/dev/fake")
        do {
            let stream = try device.startStream()
            #expect(fake.state.withLock { $0.isStreaming })
            #expect(stream.format.fourCC == .yuyv)
        }
        #expect(!fake.state.withLock { $0.isStreaming })
        #expect(fake.state.withLock { $0.bufferCount } == 0)
    }

    /// A device that claims more bytes than it mapped doesn't lead beyond the mapping.
    @Test(arguments: [(UInt32.max, UInt32(0), 3072), (100, 50, 50), (10, 20, 0), (UInt32.max, UInt32.max, 0)])
    func bytesStayWithinTheMapping(_ used: UInt32, _ offset: UInt32, _ expected: Int) throws {
        let (_, stream) = try stream {
            $0.sequences = [0]
            $0.bytesUsed = used
            $0.dataOffset = offset
            $0.capabilities = [.videoCaptureMultiplanar, .streaming]
            $0.format.type = .videoCaptureMultiplanar
        }
        let count = try stream.nextFrame { frame in frame.withPlane(0) { $0.byteCount } }
        #expect(count == expected)
    }

    @Test func planesOfAMultiplanarFrame() throws {
        let size = FrameSize(width: 48, height: 32)
        let format = try #require(VideoFormat.layout(.yu12m, size: size))
        let (_, stream) = try stream {
            $0.sequences = [0]
            $0.bytesUsed = 100
            $0.capabilities = [.videoCaptureMultiplanar, .streaming]
            $0.format = StreamFormat(type: .videoCaptureMultiplanar, format: format)
        }
        let counts = try stream.nextFrame { frame in
            (0..<frame.planeCount).map { frame.withPlane($0) { bytes in bytes.byteCount } }
        }
        #expect(counts == [100, 100, 100])
    }
}
