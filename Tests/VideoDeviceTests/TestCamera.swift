import PixelFormats
import SystemPackage
import V4L2Types
import VideoDevice

/// A capture device with one format of many sizes and some controls.
final class TestCamera: VideoDevice {
    static let flip = ControlID.horizontalFlip
    static let title = ControlID(rawValue: ControlClass.user.rawValue | 1)
    static let button = ControlID(rawValue: ControlID.driverPrivateBase.rawValue)
    static let menu = ControlID(rawValue: ControlID.driverPrivateBase.rawValue + 1)
    static let long = ControlID(rawValue: ControlID.driverPrivateBase.rawValue + 2)
    static let fixed = ControlID(rawValue: ControlID.driverPrivateBase.rawValue + 3)

    let information: DeviceInformation
    let controls: ControlHandler?
    private var current: VideoFormat
    private(set) var changes: [ControlID] = []
    var refusal: Errno?

    init(hasControls: Bool = true, capabilities: CapabilityFlags = [.videoCapture, .streaming]) {
        information = DeviceInformation(
            driver: "test", card: "Test camera", busInfo: "platform:test-0", capabilities: capabilities)
        guard let layout = VideoFormat.layout(.yuyv, size: FrameSize(width: 640, height: 480)) else {
            preconditionFailure("YUYV is known")
        }
        current = layout
        controls = hasControls ? ControlHandler(Self.someControls) : nil
        controls?.onChange = { [unowned self] id, _ throws(Errno) in
            if let refusal { throw refusal }
            changes.append(id)
        }
    }

    private static var someControls: [Control] {
        [
            .integer(.brightness, name: "Brightness", range: -10...250, step: 10, default: 100, flags: .slider),
            .boolean(flip, name: "Horizontal Flip", default: false),
            .button(button, name: "Button"),
            .menu(menu, name: "Menu", items: ["One", nil, "Three"], default: 0),
            .integer64(long, name: "Long", range: Int64.min...Int64.max, default: -1),
            .integer(fixed, name: "Fixed", range: 0...9, default: 3, flags: .readOnly),
            .menu(.testPattern, name: "Test Pattern", items: ["Off", "Bars"], default: 0),
        ]
    }

    func formatDescription(at index: Int, for type: BufferType) throws(Errno) -> FormatDescription {
        guard index == 0 else { throw .invalidArgument }
        return FormatDescription(fourCC: .yuyv, text: "YUYV 4:2:2")
    }

    func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat { current }

    func tryFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        let size = SizeRange.standard.clamp(format.size)
        let stride = format.planes[0].bytesPerLine
        guard let layout = VideoFormat.layout(.yuyv, size: size, bytesPerLine: stride) else {
            throw .invalidArgument
        }
        return layout
    }

    func setFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        current = try tryFormat(format, for: type, on: handle)
        return current
    }

    func frameSizes(at index: Int, for fourCC: FourCC) throws(Errno) -> FrameSizes {
        guard index == 0, fourCC == .yuyv else { throw .invalidArgument }
        return .stepwise(.standard)
    }

    func parameters(for type: BufferType, on handle: OpenHandle) throws(Errno) -> StreamParameters {
        StreamParameters(type: type, interval: Rational(1, 30), bufferCount: 2)
    }

    func supportsEvent(_ kind: EventKind, id: UInt32) -> Bool { kind == .sourceChange && id == 0 }
}
