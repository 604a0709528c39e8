import CVideoABI
import PixelFormats
import SystemPackage
import Testing
import V4L2Types

@testable import VideoDevice

/// A device that crops; all else is the default.
private final class CroppingDevice: VideoDevice {
    let information: DeviceInformation
    private(set) var asked: [Selection] = []

    init(_ capabilities: CapabilityFlags) {
        information = DeviceInformation(
            driver: "crop", card: "Crop", busInfo: "platform:crop-0", capabilities: capabilities)
    }

    func selection(
        _ target: Selection.Target, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> PixelRectangle {
        switch target {
        case .crop, .compose: PixelRectangle(left: 1, top: 2, width: 3, height: 4)
        case .cropBounds, .composeBounds: PixelRectangle(width: 100, height: 100)
        case .cropDefault, .composeDefault: PixelRectangle(width: 50, height: 50)
        default: throw .invalidArgument
        }
    }

    func setSelection(_ selection: Selection, on handle: OpenHandle) throws(Errno) -> PixelRectangle {
        asked.append(selection)
        return PixelRectangle(width: 8, height: 8)
    }
}

@Suite struct SelectionTests {
    private func perform<Value>(_ device: CroppingDevice, _ ioctl: Ioctl, _ value: inout Value) -> IoctlReply {
        let handles = HandleTable(now: { 0 })
        let dispatcher = IoctlDispatcher(device: device, handles: handles)
        let handle = handles.open(isReadable: true, isWritable: true)
        return unsafe withUnsafeMutableBytes(of: &value) { bytes in
            let nested = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
            let request = unsafe IoctlRequest(command: ioctl.command, argument: bytes, nested: nested)
            return dispatcher.perform(request, handle: handle)
        }
    }

    @Test(arguments: [
        (CapabilityFlags.videoCapture, BufferType.videoCapture),
        (.videoCaptureMultiplanar, .videoCaptureMultiplanar), (.videoOutput, .videoOutput),
    ])
    func oneAndSeveralPlanesAreTheSame(capabilities: CapabilityFlags, own: BufferType) {
        let device = CroppingDevice(capabilities)
        for type in BufferType.allCases {
            var c = v4l2_selection()
            c.type = type.rawValue
            c.target = Selection.Target.crop.rawValue
            let expected: IoctlReply = type.isOutput == own.isOutput ? .success : .failure(.invalidArgument)
            #expect(perform(device, .setSelection, &c) == expected)
            #expect(c.type == type.rawValue)
        }
        #expect(device.asked.count == 2)
        #expect(device.asked.allSatisfy { $0.type == own })
    }

    @Test func croppingIsASelection() {
        let device = CroppingDevice(.videoCapture)
        var crop = v4l2_crop()
        crop.type = BufferType.videoCapture.rawValue
        #expect(perform(device, .getCrop, &crop) == .success)
        #expect(PixelRectangle(crop.c) == PixelRectangle(left: 1, top: 2, width: 3, height: 4))
        #expect(perform(device, .setCrop, &crop) == .success)
        #expect(device.asked.first?.target == .crop)

        var capability = v4l2_cropcap()
        capability.type = BufferType.videoCapture.rawValue
        #expect(perform(device, .cropCapability, &capability) == .success)
        #expect(capability.bounds.width == 100 && capability.defrect.width == 50)
        #expect(capability.pixelaspect.numerator == 1 && capability.pixelaspect.denominator == 1)
    }

    @Test func forAnOutputCroppingMeansComposing() {
        let device = CroppingDevice(.videoOutput)
        var crop = v4l2_crop()
        crop.type = BufferType.videoOutput.rawValue
        #expect(perform(device, .setCrop, &crop) == .success)
        #expect(device.asked.first?.target == .compose)
    }

    @Test func targetsThatAreNone() {
        let device = CroppingDevice(.videoCapture)
        for target: UInt32 in [3, 4, 0x103, 0x200, .max] {
            var c = v4l2_selection()
            c.type = BufferType.videoCapture.rawValue
            c.target = target
            #expect(perform(device, .getSelection, &c) == .failure(.invalidArgument))
        }
    }

    @Test func whatIsNotImplementedIsMissing() {
        let device = CroppingDevice(.videoCapture)
        for ioctl: Ioctl in [.enumerateFrameSizes, .enumerateFrameIntervals, .getOutput, .queryControl, .streamOn] {
            var bytes = InlineArray<256, UInt8>(repeating: 0)
            #expect(perform(device, ioctl, &bytes) == .failure(.inappropriateIOCTLForDevice))
        }
        var format = unsafe v4l2_format()
        unsafe format.type = BufferType.videoCapture.rawValue
        unsafe #expect(perform(device, .getFormat, &format) == .failure(.inappropriateIOCTLForDevice))
    }
}
