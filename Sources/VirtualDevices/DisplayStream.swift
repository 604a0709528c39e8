import Imaging
import PixelFormats

/// What a display has while it streams.
struct DisplayStream {
    var clock = FrameClock()
    /// For a display that keeps what it shows.
    private let reader: FrameReader?
    private let picture: I420Picture?
    /// Whether `picture` was ever filled.
    private var hasPicture = false

    /// - Parameter keeps: whether somebody wants to see the frames.
    init(format: VideoFormat, keeps: Bool) throws(ImagingError) {
        reader = keeps ? try FrameReader(format: format) : nil
        picture = keeps ? I420Picture(size: format.size) : nil
    }

    /// The frame that is shown; nil before the first, or if the display keeps none.
    var shown: I420Picture? { hasPicture ? picture : nil }

    /// Shows a frame.
    /// - Parameter planes: the payloads; read during the call.
    mutating func show(_ planes: FramePlanes) throws(ImagingError) {
        guard let reader, let picture else { return }
        try unsafe reader.read(planes, into: picture)
        hasPicture = true
    }
}
