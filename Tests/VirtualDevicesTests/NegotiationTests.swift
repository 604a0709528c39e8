import BufferQueue
import PictureSources
import PixelFormats
import SystemPackage
import Testing
import V4L2Types
import VideoDevice
import VirtualDevices

struct NegotiationTests {
    private let large = FrameSize(width: 1280, height: 720)

    @Test func `a camera says what it is`() throws {
        let single = try CameraBench(CameraConfiguration(node: 7)).camera
        #expect(single.information.driver == "vb2-camera")
        #expect(single.information.card == "VB2 Camera 7")
        #expect(single.information.busInfo == "platform:vb2-camera-007")
        #expect(single.information.capabilities == [.videoCapture, .streaming, .readWrite])
        #expect(single.bufferType == .videoCapture && single.offersFileIO)
        #expect(try single.input(at: 0) == Input(name: "Camera 7"))
        #expect(throws: Errno.invalidArgument) { try single.input(at: 1) }
        #expect(throws: Errno.invalidArgument) { try single.selectInput(1) }
        let several = try CameraBench(CameraConfiguration(name: "Door", isMultiPlanar: true)).camera
        #expect(several.information.card == "Door")
        #expect(several.information.capabilities == [.videoCaptureMultiplanar, .streaming])
        #expect(several.bufferType == .videoCaptureMultiplanar && !several.offersFileIO)
    }

    @Test func `formats, sizes and intervals are listed`() throws {
        let camera = try CameraBench().camera
        #expect(try camera.formatDescription(at: 0, for: .videoCapture).fourCC == .yuyv)
        #expect(try camera.formatDescription(at: 8, for: .videoCapture).flags == .compressed)
        #expect(throws: Errno.invalidArgument) { try camera.formatDescription(at: 12, for: .videoCapture) }
        #expect(try camera.frameSizes(at: 0, for: .nv12) == .stepwise(.standard))
        #expect(throws: Errno.invalidArgument) { try camera.frameSizes(at: 1, for: .nv12) }
        #expect(throws: Errno.invalidArgument) { try camera.frameSizes(at: 0, for: .nv12m) }
        #expect(
            try camera.frameIntervals(at: 0, for: .nv12, size: large)
                == .continuous(minimum: Rational(1, 120), maximum: Rational(1, 1)))
        #expect(throws: Errno.invalidArgument) { try camera.frameIntervals(at: 1, for: .nv12, size: large) }
        #expect(throws: Errno.invalidArgument) {
            try camera.frameIntervals(at: 0, for: .nv12, size: FrameSize(width: 49, height: 32))
        }
    }

    @Test func `what can't be had becomes the nearest`() throws {
        let bench = try CameraBench()
        #expect(try bench.setFormat(.nv12m, FrameSize(width: 1, height: 9999)).fourCC == .yuyv)
        let set = try bench.camera.format(for: .videoCapture, on: bench.handle)
        #expect(set.size == FrameSize(width: 48, height: 2160))
        #expect(set.field == .none && set.colorimetry == .sRGB)
        // Trying changes nothing, and what is there is its own nearest.
        let other = VideoFormat(fourCC: .grey, size: large, field: .interlaced, planes: [])
        #expect(try bench.camera.tryFormat(other, for: .videoCapture, on: bench.handle).field == .none)
        #expect(try bench.camera.format(for: .videoCapture, on: bench.handle) == set)
        #expect(try bench.camera.tryFormat(set, for: .videoCapture, on: bench.handle) == set)
    }

    @Test func `the format can't change while there are buffers`() throws {
        let bench = try CameraBench()
        _ = try bench.queue.requestBuffers(2, memory: .mmap)
        #expect(throws: Errno.resourceBusy) { try bench.setFormat(.nv12, large) }
        _ = try bench.queue.requestBuffers(0, memory: .mmap)
        #expect(try bench.setFormat(.nv12, large).size == large)
        #expect(bench.camera.planeSizes == PlaneSizes([1280 * 720 * 3 / 2]))
        #expect(bench.leaks().isEmpty)
    }

    @Test(arguments: [
        (Rational(1001, 30000), Rational(1001, 30000)), (Rational(1, 500), Rational(1, 120)),
        (Rational(9, 2), Rational(1, 1)), (Rational(0, 5), Rational(1, 25)), (Rational(5, 0), Rational(1, 25)),
    ])
    func `intervals within the limits are exact`(asked: Rational, given: Rational) throws {
        let bench = try CameraBench(CameraConfiguration(interval: Rational(1, 25)))
        var parameters = try bench.camera.parameters(for: .videoCapture, on: bench.handle)
        #expect(parameters.interval == Rational(1, 25))
        #expect(parameters.hasSelectableInterval && parameters.bufferCount == 1)
        parameters.interval = asked
        #expect(try bench.camera.setParameters(parameters, on: bench.handle).interval == given)
        #expect(try bench.camera.parameters(for: .videoCapture, on: bench.handle).interval == given)
    }

    @Test func `a format that the camera can't start with is refused in one line`() throws {
        #expect(throws: PictureSourceError.self) { try CameraBench(CameraConfiguration(fourCC: .nv12m)) }
        #expect(throws: PictureSourceError.self) { try CameraBench(CameraConfiguration(fourCC: FourCC("ABCD"))) }
        let camera = try CameraBench(CameraConfiguration(isMultiPlanar: true, size: large, fourCC: .yu12m))
        #expect(try camera.camera.format(for: .videoCaptureMultiplanar, on: camera.handle).planeCount == 3)
    }
}
