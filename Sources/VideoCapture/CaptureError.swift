public import SystemPackage

/// Why a device can't be opened or doesn't give frames.
public enum CaptureError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no such device.
    case notFound(path: String)
    /// This user may not open it.
    case notPermitted(path: String)
    /// It is something, but no V4L2 device.
    case notVideoDevice(path: String)
    /// It is a V4L2 device, but none that captures video by streaming.
    case cannotCapture(path: String)
    /// Another program streams from it.
    case busy
    /// The device, or the server that it lived in, is gone.
    case disconnected
    /// The device maps less memory than a frame needs: its driver contradicts itself.
    case shortBuffer
    /// The kernel, or the server, refused a call.
    case failed(operation: String, Errno)

    public var description: String {
        switch self {
        case .notFound(let path): "there is no device '\(path)'"
        case .notPermitted(let path): "no permission to open '\(path)'"
        case .notVideoDevice(let path): "'\(path)' is no video device"
        case .cannotCapture(let path): "'\(path)' doesn't capture video"
        case .busy: "another program streams from the device"
        case .disconnected: "the device is gone"
        case .shortBuffer: "the device's buffers are shorter than its frames"
        case .failed(let operation, let errno): "\(operation) failed: \(errno)"
        }
    }

    /// The error of a call that a device refused.
    init(_ operation: StaticString, _ errno: Errno) {
        switch errno {
        case .resourceBusy: self = .busy
        case .operationNotSupportedByDevice, .noSuchAddressOrDevice: self = .disconnected
        default: self = .failed(operation: "\(operation)", errno)
        }
    }
}
