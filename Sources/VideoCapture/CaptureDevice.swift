import CVideoABI
public import LinuxSystem
public import V4L2Types

/// A camera: a device of the kernel's, or one in a server of ours. Both are used alike.
///
/// ```swift
/// let camera = try CaptureDevice.open("/dev/video0")
/// try camera.setFormat(.yuyv, size: FrameSize(width: 640, height: 480))
/// let stream = try camera.startStream()
/// try stream.nextFrame { frame in
///     frame.withPlane(0) { bytes in print(frame.sequence, bytes.byteCount) }
/// }
/// ```
///
/// Opening a device doesn't reserve it: the first stream does, until it ends.
public final class CaptureDevice: Sendable {
    /// The path by which it was opened.
    public let path: String
    /// What it is and can do.
    public let capability: Capability
    /// The buffers that it captures into: of the two interfaces for capturing, the one that it has.
    public let bufferType: BufferType
    let transport: any V4L2Transport

    /// - Parameter allowsOutput: also a device that shows video in place of capturing it: to be asked, not to stream.
    package init(transport: any V4L2Transport, path: String, allowsOutput: Bool = false) throws(CaptureError) {
        self.transport = transport
        self.path = path
        var c = v4l2_capability()
        do { try transport.call(VB2_VIDIOC_QUERYCAP, "VIDIOC_QUERYCAP", &c) } catch {
            throw error == .failed(operation: "VIDIOC_QUERYCAP", .inappropriateIOCTLForDevice)
                ? .notVideoDevice(path: path) : error
        }
        capability = Capability(c)
        // A kernel that is older than DEVICE_CAPS tells only of the whole device.
        let flags =
            capability.capabilities.contains(.deviceCapabilities)
            ? capability.deviceCapabilities : capability.capabilities
        if allowsOutput, flags.isOutput {
            bufferType = flags.contains(.videoOutput) ? .videoOutput : .videoOutputMultiplanar
            return
        }
        guard flags.isCapture, flags.contains(.streaming) else { throw .cannotCapture(path: path) }
        bufferType = flags.contains(.videoCapture) ? .videoCapture : .videoCaptureMultiplanar
    }

    /// Opens a device.
    /// - Parameters:
    ///   - path: /dev/videoN or another device node, or the socket of a device in a server.
    ///   - serverDirectory: where a server of ours listens; /dev/videoN is its device if it has one of that
    ///     number. By default $VB2_DIRECTORY, and without that no server is looked for.
    public static func open(
        _ path: String = "/dev/video0", serverDirectory: String? = Environment.value("VB2_DIRECTORY")
    ) throws(CaptureError) -> CaptureDevice {
        try CaptureDevice(transport: connect(path, serverDirectory), path: path)
    }

    /// Opens a device only to ask what it is, an output device too.
    /// - Parameter socket: of a device in a server.
    package static func forDescription(socket: String) throws(CaptureError) -> CaptureDevice {
        try CaptureDevice(transport: connect(socket, nil), path: socket, allowsOutput: true)
    }

    private static func connect(
        _ path: String, _ serverDirectory: String?
    ) throws(CaptureError) -> any V4L2Transport {
        let transport: any V4L2Transport
        do throws(Errno) {
            switch DeviceAddress(path, directory: serverDirectory) {
            case .kernel(let path): transport = try KernelTransport(path: path)
            case .server(let socket): transport = try ServerTransport(socket: socket)
            }
        } catch {
            switch error {
            case .noSuchFileOrDirectory, .operationNotSupportedByDevice, .noSuchAddressOrDevice, .connectionRefused:
                throw .notFound(path: path)
            case .permissionDenied, .notPermitted: throw .notPermitted(path: path)
            default: throw .failed(operation: "opening '\(path)'", error)
            }
        }
        return transport
    }

    /// Whether another program has buffers of the device.
    public func isBusy() throws(CaptureError) -> Bool {
        // Asking for no buffers changes nothing unless this handle has some, and is refused if another has.
        var c = v4l2_requestbuffers()
        RequestBuffers(count: 0, type: bufferType, memory: .mmap).encode(into: &c)
        do { try transport.call(VB2_VIDIOC_REQBUFS, "VIDIOC_REQBUFS", &c) } catch {
            guard error == .busy else { throw error }
            return true
        }
        return false
    }
}

extension V4L2Transport {
    /// One call, again if a signal interrupts it.
    func call<Argument>(
        _ command: UInt32, _ name: StaticString, _ argument: inout Argument
    ) throws(CaptureError) {
        while true {
            let result = unsafe withUnsafeMutablePointer(to: &argument) {
                unsafe ioctl(command, UnsafeMutableRawPointer($0))
            }
            if result >= 0 { return }
            let errno = Errno(rawValue: -result)
            if errno != .interrupted { throw CaptureError(name, errno) }
        }
    }

    /// As ``call(_:_:_:)``, but EINVAL gives false: an enumeration's end.
    func callUntilInvalid<Argument>(
        _ command: UInt32, _ name: StaticString, _ argument: inout Argument
    ) throws(CaptureError) -> Bool {
        do { try call(command, name, &argument) } catch {
            guard case .failed(_, let errno) = error, errno == .invalidArgument || errno == .inappropriateIOCTLForDevice
            else { throw error }
            return false
        }
        return true
    }
}
