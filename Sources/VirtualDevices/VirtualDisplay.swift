public import BufferQueue
import BufferSharing
public import Imaging
import PictureSources
import PixelFormats
public import SystemPackage
public import V4L2Types
public import VideoDevice

/// A display without hardware: an output device that shows what programs queue, and can keep it as a PNG file
/// of the last frame and as a recording of all.
///
/// A frame is read out of the queue's buffer when it is shown, and the buffer given back at once, with the time
/// and the frame's number, as the kernel's test driver does. A display that keeps nothing reads nothing.
///
/// Timestamps are monotonic times of completion, not copies of what was queued: a display is the end of the
/// way, and nobody behind it could match them.
///
/// Like every device it lives on one thread, which waits while a file is written.
public final class VirtualDisplay: StreamingDevice {
    public let configuration: DisplayConfiguration
    public let information: DeviceInformation
    public let queue: Queue
    public let bufferType: BufferType

    /// Moments at which a frame was due while no buffer was queued, ever: the frame before was shown longer.
    public internal(set) var starvedCount = 0
    /// Moments that were left out because the display was called too late for them, ever.
    public internal(set) var lateCount = 0
    /// Frames that were shown, ever.
    public internal(set) var shownCount = 0
    /// Why the last file could not be written, or the last frame not be read; nil while all is well.
    public internal(set) var failure: ImagingError?

    let modes: PictureModes
    let defaultInterval: Rational
    var interval: Rational
    var current: VideoFormat {
        didSet { planeSizes = PlaneSizes(current) }
    }
    /// Bytes of each plane in the present format.
    public private(set) var planeSizes: PlaneSizes
    /// The stream that is on; nil otherwise.
    var stream: DisplayStream?
    /// Nil if nothing is recorded, or can be no more.
    var recorder: Y4MRecorder?

    /// Creates the recording's file.
    /// - Throws: one line that says what is wrong with the format to start with, or with the file.
    public init(configuration: DisplayConfiguration) throws(ImagingError) {
        self.configuration = configuration
        let node = configuration.node
        let multiPlanar = configuration.isMultiPlanar
        modes = PictureModes(isMultiPlanar: multiPlanar, sizes: configuration.sizes)
        bufferType = multiPlanar ? .videoOutputMultiplanar : .videoOutput
        information = DeviceInformation(
            driver: "vb2-display", card: configuration.name ?? "VB2 Display \(node)",
            busInfo: DeviceNames.bus("vb2-display", node),
            capabilities: multiPlanar
                ? [.videoOutputMultiplanar, .streaming] : [.videoOutput, .streaming, .readWrite])
        defaultInterval = PictureModes.nearestInterval(
            to: configuration.interval ?? PictureModes.usualInterval, standard: PictureModes.usualInterval)
        interval = defaultInterval
        do throws(PictureSourceError) {
            current = try modes.initial(configuration.fourCC, size: configuration.size)
        } catch {
            throw ImagingError(error.message)
        }
        planeSizes = PlaneSizes(current)
        if let path = configuration.recordingPath { recorder = try Y4MRecorder(path) }
        queue = Queue(
            configuration: QueueConfiguration(
                name: "out-\(node)", direction: .output, memoryTypes: .all, maximumBuffers: 32, minimumBuffers: 1,
                minimumQueued: 0),
            heap: configuration.heap)
        queue.driver = self
    }

    /// write() has no way to say how the planes of a frame divide.
    public var offersFileIO: Bool { !bufferType.isMultiplanar }

    /// One display has one output.
    public func output(at index: Int) throws(Errno) -> Output {
        guard index == 0 else { throw .invalidArgument }
        return Output(name: "Display \(configuration.node)")
    }

    public func logStatus() throws(Errno) {
        let state = failure.map { "failed: \($0)" } ?? (stream == nil ? "idle" : "streaming")
        configuration.onMessage?(
            "\(information.card): \(current), \(interval) s a frame, \(state); \(shownCount) shown, "
                + "\(starvedCount) starved, \(lateCount) late")
    }
}
