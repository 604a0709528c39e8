public import BufferQueue
import BufferSharing
import Imaging
public import PictureSources
import PixelFormats
public import SystemPackage
public import V4L2Types
public import VideoDevice

/// A camera without hardware: a capture device that shows a test pattern or a file.
///
/// Frames are painted straight into the queue's buffers. The number in a frame's stamp is its buffer's
/// sequence number, its time is the time since streaming began.
///
/// Like every device it lives on one thread. Only a source that waits, such as a pipe that nobody feeds,
/// makes it wait.
public final class VirtualCamera: StreamingDevice {
    public let configuration: CameraConfiguration
    public let information: DeviceInformation
    public let queue: Queue
    public let bufferType: BufferType
    public var controls: ControlHandler? { handler }

    /// Frames that were due while no buffer was queued, ever.
    public internal(set) var starvedCount = 0
    /// Frames that were left out because the camera was called too late for them, ever.
    public internal(set) var lateCount = 0
    /// Why the last stream could not start or go on; nil while all is well.
    public internal(set) var failure: PictureSourceError?

    /// The formats that programs can choose, in their order.
    let formats: [PixelFormat]
    let handler: ControlHandler
    var source: CameraSource
    var adjustments: PictureAdjustments
    let defaultInterval: Rational
    var interval: Rational
    var current: VideoFormat {
        didSet { planeSizes = Self.planeSizes(of: current) }
    }
    /// Bytes of each plane in the present format.
    public private(set) var planeSizes: PlaneSizes
    /// The stream that is on; nil otherwise.
    var stream: CameraStream?

    /// Opens the source: reads a file's header, starts ffmpeg if that is needed.
    /// - Throws: one line that says what is wrong with the source, or with the format to start with.
    public init(configuration: CameraConfiguration) throws(PictureSourceError) {
        self.configuration = configuration
        let node = configuration.node
        let multiPlanar = configuration.isMultiPlanar
        formats = multiPlanar ? PixelFormat.all : PixelFormat.all.filter { $0.memoryPlanes == 1 }
        bufferType = multiPlanar ? .videoCaptureMultiplanar : .videoCapture
        information = DeviceInformation(
            driver: "vb2-camera", card: configuration.name ?? "VB2 Camera \(node)",
            busInfo: "platform:vb2-camera-\(Self.threeDigits(node))",
            capabilities: multiPlanar
                ? [.videoCaptureMultiplanar, .streaming] : [.videoCapture, .streaming, .readWrite])
        source = try CameraSource(configuration.source)
        defaultInterval = Self.nearestInterval(
            to: configuration.interval ?? source.nativeInterval ?? Self.usualInterval, standard: Self.usualInterval)
        interval = defaultInterval

        let fourCC = configuration.fourCC ?? formats[0].fourCC
        let size = configuration.sizes.clamp(configuration.size ?? source.nativeSize ?? Self.usualSize)
        guard formats.contains(where: { $0.fourCC == fourCC }), let format = VideoFormat.layout(fourCC, size: size)
        else { throw PictureSourceError(Self.complaint(fourCC, size, multiPlanar)) }
        current = format
        planeSizes = Self.planeSizes(of: format)

        adjustments = Self.adjustments(for: configuration.source)
        handler = ControlHandler(Self.controls(for: configuration.source))
        queue = Queue(
            configuration: QueueConfiguration(
                name: "cap-\(node)", direction: .capture, memoryTypes: .all, maximumBuffers: 32, minimumBuffers: 1,
                minimumQueued: 0),
            heap: MemoryFileHeap(), addressSpace: AddressSpace(name: "camera-\(node)"))
        queue.driver = self
        handler.onChange = { [unowned self] id, value in change(id, to: value) }
    }

    /// read() has no way to say how the planes of a frame divide.
    public var offersFileIO: Bool { !bufferType.isMultiplanar }

    /// One camera has one input.
    public func input(at index: Int) throws(Errno) -> Input {
        guard index == 0 else { throw .invalidArgument }
        return Input(name: "Camera \(configuration.node)")
    }

    public func logStatus() throws(Errno) {
        let state = failure.map { "failed: \($0)" } ?? (stream == nil ? "idle" : "streaming")
        configuration.onMessage?(
            "\(information.card): \(current), \(interval) s a frame, \(state); "
                + "\(starvedCount) starved, \(lateCount) late")
    }

    private static let usualSize = FrameSize(width: 640, height: 480)
    private static let usualInterval = Rational(1, 30)

    private static func threeDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    private static func planeSizes(of format: VideoFormat) -> PlaneSizes {
        PlaneSizes(count: format.planeCount) { Int(format.planes[$0].sizeImage) }
    }

    private static func complaint(_ fourCC: FourCC, _ size: FrameSize, _ multiPlanar: Bool) -> String {
        guard let format = PixelFormat.find(fourCC) else { return "a camera has no format \(fourCC); see its list" }
        return format.memoryPlanes > 1 && !multiPlanar
            ? "\(fourCC) has its frames in several buffers; make the camera multi-planar"
            : "\(fourCC) has no frames of \(size); choose even limits for the sizes"
    }
}
