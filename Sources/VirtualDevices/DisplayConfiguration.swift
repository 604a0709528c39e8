public import BufferSharing
public import PixelFormats

/// What a virtual display is to be: constant for its life, save what programs set.
public struct DisplayConfiguration: Sendable {
    /// When a frame is shown.
    public var pace: Pace
    /// What programs show as the display's name, at most 31 bytes; nil for "VB2 Display N".
    public var name: String?
    /// N of /dev/videoN.
    public var node: Int
    /// Whether it has the multi-planar interface, which alone carries formats of several buffers.
    public var isMultiPlanar: Bool
    /// The size at the start, brought to the nearest that `sizes` has; nil for 640x480.
    public var size: FrameSize?
    /// Seconds per frame at the start, cut to 1/120 to 1; nil for 1/30.
    public var interval: Rational?
    /// The pixel format at the start; nil for the first that the display lists.
    public var fourCC: FourCC?
    /// The sizes that programs can choose. All limits and steps must be even, as pixels share chroma.
    public var sizes: SizeRange
    /// A PNG file of the last frame of each stream, written at its end; nil for none.
    public var picturePath: String?
    /// A Y4M file of every frame that is shown, in the size of the first; nil for none.
    public var recordingPath: String?
    /// Where the memory of its buffers comes from.
    public var heap: any BufferHeap = MemoryFileHeap()
    /// Told, in one line for a person, when a file can't be written and when a program asks for the status.
    /// Called on the display's thread.
    public var onMessage: (@Sendable (String) -> Void)?

    public init(
        pace: Pace = .live, name: String? = nil, node: Int = 0, isMultiPlanar: Bool = false, size: FrameSize? = nil,
        interval: Rational? = nil, fourCC: FourCC? = nil, sizes: SizeRange = .standard, picturePath: String? = nil,
        recordingPath: String? = nil, onMessage: (@Sendable (String) -> Void)? = nil
    ) {
        self.pace = pace
        self.name = name
        self.node = node
        self.isMultiPlanar = isMultiPlanar
        self.size = size
        self.interval = interval
        self.fourCC = fourCC
        self.sizes = sizes
        self.picturePath = picturePath
        self.recordingPath = recordingPath
        self.onMessage = onMessage
    }
}
