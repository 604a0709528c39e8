import LinuxSystem
import PictureSources
import PixelFormats

/// A camera's source over many streams: each begins at the source's beginning, as far as it has one.
struct CameraSource {
    let nativeSize: FrameSize?
    let nativeInterval: Rational?
    private let kind: CameraConfiguration.Source
    private var present: (any PictureSource)?
    private var wasPlayed = false

    /// Opens the source, and reads a file's header.
    init(_ kind: CameraConfiguration.Source) throws(PictureSourceError) {
        self.kind = kind
        present = try Self.open(kind)
        nativeSize = present?.nativeSize
        nativeInterval = present?.nativeInterval
    }

    /// The source for a new stream; nil if nothing is painted.
    mutating func restarted() throws(PictureSourceError) -> (any PictureSource)? {
        if wasPlayed, Self.canReopen(kind) { present = try Self.open(kind) }
        wasPlayed = true
        return present
    }

    private static func open(_ kind: CameraConfiguration.Source) throws(PictureSourceError) -> (any PictureSource)? {
        switch kind {
        case .testPattern(let pattern): TestPatternSource(pattern: pattern)
        case .file(let path, let loops): try PictureFile.open(path, loops: loops)
        case .unpainted: nil
        }
    }

    /// What came through a pipe is gone: the next stream goes on where the last one stopped. A test pattern
    /// has no beginning.
    private static func canReopen(_ kind: CameraConfiguration.Source) -> Bool {
        guard case .file(let path, _) = kind, path != "-" else { return false }
        return (try? Files.status(path))?.isPipe != true
    }
}
