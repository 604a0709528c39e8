import PictureSources
import PixelFormats

/// What one `--camera` says: where its pictures come from, how it paces them, and what it offers.
///
/// The text is a source and its options, separated by commas: `pattern:bars,size=1280x720,fps=30`,
/// `file:clip.mp4,once`, `-`. See ``CameraSpec/grammar`` for all of it.
struct CameraSpec: Hashable, Sendable {
    /// Where the pictures come from.
    enum Source: Hashable, Sendable {
        case testPattern(TestPattern)
        /// A Y4M file, or anything that ffmpeg reads. It starts again at its end if it loops; nil if nothing is
        /// said: then a regular file does.
        case file(String, loops: Bool?)
        /// Y4M on this process's standard input.
        case standardInput
    }

    /// When a frame is completed.
    enum Pace: String, Hashable, Sendable, CaseIterable {
        /// At real intervals: a frame for which no buffer is queued is not made.
        case live
        /// As soon as a buffer is queued: every frame is made, and nothing waits for a clock.
        case onDemand = "ondemand"
    }

    /// The sizes that a camera can have.
    static let sizes = SizeRange.standard
    /// The frame rates that a camera can have, in frames per second.
    static let rates: ClosedRange<UInt32> = 1...120
    /// The greatest N of a /dev/videoN.
    static let greatestNode = 255

    var source: Source
    var pace: Pace = .live
    /// The card's name; nil for one made from the source.
    var name: String?
    /// N of /dev/videoN; nil for the next free one.
    var node: Int?
    /// The size at the start; nil for the source's own.
    var size: FrameSize?
    /// Frames per second at the start; nil for the source's own.
    var rate: Rational?
    /// The pixel format at the start; nil for the first.
    var format: FourCC?
    /// Whether the device has the multi-planar interface.
    var isMultiPlanar = false

    init(source: Source) {
        self.source = source
    }

    /// The camera of a command that names none.
    static let standard = CameraSpec(source: .testPattern(.colourBars))

    /// The grammar, for help texts.
    static let grammar = """
        A SPEC is a source, then options after a comma each:
          pattern[:NAME]   a moving picture: bars, ramp, checkerboard or black
          file:PATH        a Y4M file, or any video file if ffmpeg is installed
          -                Y4M on standard input (also: stdin)
        Options:
          size=WxH         picture size, 48x32 to 3840x2160
          fps=N            frames per second, 1 to 120; also a fraction, 30000/1001
          format=NAME      pixel format at the start: YUYV, NV12, MJPG, ...
          pace=live        frames at real intervals (the default)
          pace=ondemand    a frame for each queued buffer, as fast as the program asks
          name=TEXT        what programs show as the camera's name
          node=N           the N of /dev/videoN
          mplane           the multi-planar interface, as many SoC cameras have it
          loop, once       for a file: whether it starts again (the default is loop)
        A comma within a PATH or a TEXT is written as \\,
        """
}

extension CameraSpec {
    /// Whether the camera reads this process's standard input.
    var usesStandardInput: Bool { source == .standardInput }

    /// The file that the camera reads, if it reads one.
    var path: String? {
        if case .file(let path, _) = source { path } else { nil }
    }
}
