public import BufferSharing
public import PictureSources
public import PixelFormats

/// What a virtual camera is to be: constant for its life, save what programs set.
public struct CameraConfiguration: Sendable {
    /// Where the pictures come from.
    public enum Source: Hashable, Sendable {
        /// A moving picture; programs can choose another pattern.
        case testPattern(TestPattern)
        /// A Y4M file or pipe, or whatever the program ffmpeg reads; `-` is Y4M on standard input.
        /// At its end it starts again if it loops; else the stream ends.
        case file(path: String, loops: Bool)
        /// Nowhere: buffers come back as they were queued, with no stamp, in whole frames. For measuring all that
        /// isn't painting.
        case unpainted
    }

    /// What happens when somebody plugs another source in: a SOURCE_CHANGE event, the last buffer of the stream,
    /// and from then on another size.
    public struct SourceChange: Hashable, Sendable {
        /// The number of the first frame that is no longer of the old size.
        public var frame: UInt32
        /// Brought to the nearest size that the camera has.
        public var size: FrameSize

        public init(frame: UInt32, size: FrameSize) {
            self.frame = frame
            self.size = size
        }
    }

    public var source: Source
    public var pace: Pace
    /// What programs show as the camera's name, at most 31 bytes; nil for "VB2 Camera N".
    public var name: String?
    /// N of /dev/videoN.
    public var node: Int
    /// Whether it has the multi-planar interface, which alone carries formats of several buffers.
    public var isMultiPlanar: Bool
    /// The size at the start, brought to the nearest that `sizes` has; nil for the source's own, or 640x480.
    public var size: FrameSize?
    /// Seconds per frame at the start, cut to 1/120 to 1; nil for the source's own, or 1/30.
    public var interval: Rational?
    /// The pixel format at the start; nil for the first that the camera lists.
    public var fourCC: FourCC?
    /// The sizes that programs can choose. All limits and steps must be even, as pixels share chroma.
    public var sizes: SizeRange
    /// Whether each frame carries its sequence number and time, as digits and as a `BlockCode`.
    public var stamps: Bool
    /// Frames of each stream, those that nobody got included; nil for all that the source has.
    public var frameCount: UInt32?
    /// Whether the end of a stream is told by an EOS event too, and not by the LAST flag alone.
    public var announcesEnd: Bool
    /// The source's picture becomes another, once.
    public var sourceChange: SourceChange?
    /// Where the memory of its buffers comes from.
    public var heap: any BufferHeap = MemoryFileHeap()
    /// Told, in one line for a person, when the source fails and when a program asks for the status.
    /// Called on the camera's thread.
    public var onMessage: (@Sendable (String) -> Void)?

    public init(
        source: Source = .testPattern(.colourBars), pace: Pace = .live, name: String? = nil, node: Int = 0,
        isMultiPlanar: Bool = false, size: FrameSize? = nil, interval: Rational? = nil, fourCC: FourCC? = nil,
        sizes: SizeRange = .standard, stamps: Bool = true, frameCount: UInt32? = nil, announcesEnd: Bool = false,
        sourceChange: SourceChange? = nil, onMessage: (@Sendable (String) -> Void)? = nil
    ) {
        self.source = source
        self.pace = pace
        self.name = name
        self.node = node
        self.isMultiPlanar = isMultiPlanar
        self.size = size
        self.interval = interval
        self.fourCC = fourCC
        self.sizes = sizes
        self.stamps = stamps
        self.frameCount = frameCount
        self.announcesEnd = announcesEnd
        self.sourceChange = sourceChange
        self.onMessage = onMessage
    }
}
