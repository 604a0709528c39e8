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

    let modes: PictureModes
    let handler: ControlHandler
    var source: CameraSource
    var adjustments: PictureAdjustments
    let defaultInterval: Rational
    var interval: Rational
    var current: VideoFormat {
        didSet { planeSizes = PlaneSizes(current) }
    }
    /// Bytes of each plane in the present format.
    public private(set) var planeSizes: PlaneSizes
    /// The stream that is on; nil otherwise.
    var stream: CameraStream?
    /// The source has become the one that it was to become.
    var hasChanged = false
    /// Where frames are announced.
    public var onEvent: ((VideoEvent) -> Void)?

    /// Opens the source: reads a file's header, starts ffmpeg if that is needed.
    /// - Throws: one line that says what is wrong with the source, or with the format to start with.
    public init(configuration: CameraConfiguration) throws(PictureSourceError) {
        self.configuration = configuration
        let node = configuration.node
        let multiPlanar = configuration.isMultiPlanar
        modes = PictureModes(isMultiPlanar: multiPlanar, sizes: configuration.sizes)
        bufferType = multiPlanar ? .videoCaptureMultiplanar : .videoCapture
        information = DeviceInformation(
            driver: "vb2-camera", card: configuration.name ?? "VB2 Camera \(node)",
            busInfo: DeviceNames.bus("vb2-camera", node),
            capabilities: multiPlanar
                ? [.videoCaptureMultiplanar, .streaming] : [.videoCapture, .streaming, .readWrite])
        source = try CameraSource(configuration.source)
        defaultInterval = PictureModes.nearestInterval(
            to: configuration.interval ?? source.nativeInterval ?? PictureModes.usualInterval,
            standard: PictureModes.usualInterval)
        interval = defaultInterval

        let format = try modes.initial(configuration.fourCC, size: configuration.size ?? source.nativeSize)
        current = format
        planeSizes = PlaneSizes(format)

        adjustments = Self.adjustments(for: configuration.source)
        handler = ControlHandler(Self.controls(for: configuration.source))
        queue = Queue(
            configuration: QueueConfiguration(
                name: "cap-\(node)", direction: .capture, memoryTypes: .all, maximumBuffers: 32, minimumBuffers: 1,
                minimumQueued: 0),
            heap: configuration.heap)
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
}
