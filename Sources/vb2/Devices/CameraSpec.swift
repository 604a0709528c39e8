import PictureSources
import PixelFormats

/// What one `--camera` says: where its pictures come from, and what it offers.
///
/// The text is a source and its options, separated by commas: `pattern:bars,size=1280x720,fps=30`,
/// `file:clip.mp4,once`, `-`. See ``DeviceSpec/grammar`` for all of it.
struct CameraSpec: Hashable, Sendable {
    /// Where the pictures come from.
    enum Source: Hashable, Sendable {
        case testPattern(TestPattern)
        /// Frames are left as they are.
        case unpainted
        /// A Y4M file, or anything that ffmpeg reads. It starts again at its end if it loops; nil if nothing is
        /// said: then a regular file does.
        case file(String, loops: Bool?)
        /// Y4M on this process's standard input.
        case standardInput
    }

    var source: Source
    var settings = DeviceSettings()
    /// Frames of each stream; nil for all that the source has.
    var frameCount: UInt32?
    /// Whether the end of a stream is an event too.
    var announcesEnd = false
    /// The frame at which the source becomes another, and that one's size.
    var change: Change?

    struct Change: Hashable, Sendable {
        var frame: UInt32
        var size: FrameSize
    }

    init(source: Source) {
        self.source = source
    }

    /// The camera of a command that names no device.
    static let standard = CameraSpec(source: .testPattern(.colourBars))

    /// Whether the camera reads this process's standard input.
    var usesStandardInput: Bool { source == .standardInput }

    /// The file that the camera reads, if it reads one.
    var path: String? {
        if case .file(let path, _) = source { path } else { nil }
    }
}
