import CVideoABI
import LinuxSystem
import PixelFormats
import Synchronization
import Testing
import V4L2Types

@testable import VideoCapture

struct CaptureDeviceTests {
    private func open(_ fake: FakeDevice) throws -> CaptureDevice {
        try CaptureDevice(transport: fake, path: "/dev/fake")
    }

    @Test func saysWhatItIs() throws {
        let device = try open(FakeDevice())
        #expect(device.capability.card == "A camera")
        #expect(device.bufferType == .videoCapture)
        #expect(try device.formats().map(\.fourCC) == PixelFormat.all.prefix(3).map(\.fourCC))
        #expect(try device.format().fourCC == .yuyv)
    }

    @Test func whatADeviceDoesNotTellIsNothing() throws {
        let device = try open(FakeDevice())
        #expect(try device.frameSizes(for: .yuyv).isEmpty)
        #expect(try device.frameIntervals(for: .yuyv, size: FrameSize(width: 48, height: 32)).isEmpty)
        #expect(try device.frameInterval() == nil)
        #expect(try device.setFrameInterval(Rational(1, 30)) == nil)
    }

    @Test func refusesWhatIsNoCamera() {
        let fake = FakeDevice()
        fake.state.withLock { $0.capabilities = [.videoOutput, .streaming] }
        #expect(throws: CaptureError.cannotCapture(path: "/dev/fake")) { try open(fake) }
        fake.state.withLock { $0.capabilities = [.videoCapture, .readWrite] }
        #expect(throws: CaptureError.cannotCapture(path: "/dev/fake")) { try open(fake) }
        fake.state.withLock { $0.failures[VB2_VIDIOC_QUERYCAP] = .inappropriateIOCTLForDevice }
        #expect(throws: CaptureError.notVideoDevice(path: "/dev/fake")) { try open(fake) }
    }

    @Test func realFilesThatAreNoDevices() {
        #expect(throws: CaptureError.notFound(path: "/nonexistent")) { try CaptureDevice.open("/nonexistent") }
        #expect(throws: CaptureError.notVideoDevice(path: "/dev/null")) { try CaptureDevice.open("/dev/null") }
    }

    @Test func busyIsSeenByAskingForNothing() throws {
        let fake = FakeDevice()
        let device = try open(fake)
        #expect(try !device.isBusy())
        fake.state.withLock { $0.failures[VB2_VIDIOC_REQBUFS] = .resourceBusy }
        #expect(try device.isBusy())
        #expect(throws: CaptureError.busy) { try device.startStream() }
    }

    @Test func pathsLeadToAServerOrTheKernel() {
        func address(_ path: String, _ directory: String?, _ existing: String = "") -> DeviceAddress {
            DeviceAddress(path, directory: directory) { $0 == existing }
        }
        #expect(address("/dev/video0", nil) == .kernel(path: "/dev/video0"))
        #expect(address("/dev/video0", "/s") == .kernel(path: "/dev/video0"))
        #expect(address("/dev/video0", "/s", "/s/video0.vb2") == .server(socket: "/s/video0.vb2"))
        #expect(address("/dev/video00", "/s", "/s/video0.vb2") == .server(socket: "/s/video0.vb2"))
        #expect(address("/dev/videox", "/s", "/s/video0.vb2") == .kernel(path: "/dev/videox"))
        #expect(address("/run/cameras/video3.vb2", nil) == .server(socket: "/run/cameras/video3.vb2"))
    }
}
