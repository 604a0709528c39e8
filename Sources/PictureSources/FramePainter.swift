public import Imaging
public import PixelFormats

/// From a source to frames of one format: the picture is made, its colours changed, flipped, stamped with its number
/// and time, and written to a buffer.
///
/// The stamp is drawn last, so that it can be read whatever the adjustments are. For raw formats and a test pattern a
/// frame costs no allocation. Belongs to one thread at a time.
public final class FramePainter {
    public let format: VideoFormat
    public let source: any PictureSource
    /// Takes effect at the next frame.
    public var adjustments = PictureAdjustments()
    /// Whether number and time are drawn over the picture.
    public var stamps: Bool
    private let stamp: FrameStamp
    private let writer: FrameWriter
    private let adjuster = ColourAdjuster()
    private let picture: I420Picture
    /// Made when a flip is first asked for.
    private var flipped: I420Picture?
    /// A test pattern's lines that are the same, and for what they were found.
    private var runs: (runs: LineRuns, pattern: TestPattern, stamps: Bool)?

    /// - Parameter jpegQuality: for MJPG, 1 to 100.
    ///
    /// Fails if frames of this format can't be written: see `FrameWriter`.
    public init(
        source: any PictureSource, format: VideoFormat, stamps: Bool = true, jpegQuality: Int = 85
    ) throws(PictureSourceError) {
        self.source = source
        self.format = format
        self.stamps = stamps
        stamp = FrameStamp(placement: source.stampPlacement)
        do { writer = try FrameWriter(format: format, jpegQuality: jpegQuality) } catch {
            throw PictureSourceError(error.message)
        }
        picture = I420Picture(size: format.size)
    }

    /// Paints the next picture of the source, and gives the bytes used per plane; nil at the source's end, and then
    /// nothing is written.
    ///
    /// Fails if the source does, or the buffers are too small.
    /// - Parameters:
    ///   - number: the frame's sequence number.
    ///   - milliseconds: the time since the stream began.
    ///   - planes: the buffers; valid memory, of at least the sizes that the format says.
    public func paint(
        number: UInt32, milliseconds: UInt32, into planes: FramePlanes
    ) throws(PictureSourceError) -> BytesUsed? {
        let runs = runs(number: number, milliseconds: milliseconds)
        let result = runs == nil ? try picture(number: number, milliseconds: milliseconds) : picture
        guard let result else { return nil }
        do { return try unsafe writer.write(result, runs: runs, into: planes) } catch {
            throw PictureSourceError(error.message)
        }
    }

    /// Makes the next picture, but of lines that are the same only the first ones, and says which those are. nil if
    /// that isn't possible, and then nothing is made: a source's own pictures, and those that are changed or
    /// compressed, are made whole.
    private func runs(number: UInt32, milliseconds: UInt32) -> LineRuns? {
        guard format.fourCC != .mjpg, adjustments.keepsColours, !adjustments.flips,
            let source = source as? TestPatternSource
        else { return nil }
        source.select(pattern: adjustments.pattern)
        if runs?.pattern != source.pattern || runs?.stamps != stamps {
            let boundaries = stamps ? stamp.boundaries(width: picture.width, height: picture.height) : []
            runs = (source.runs(of: format.size, boundaries: boundaries), source.pattern, stamps)
        }
        guard let runs = runs?.runs else { return nil }
        source.next(frameNumber: number, runs: runs, into: picture)
        if stamps { stamp.draw(BlockCode.Stamp(number: number, milliseconds: milliseconds), on: picture) }
        return runs
    }

    /// Makes the next picture without writing it anywhere. It is valid until the next call; nil at the end.
    public func picture(number: UInt32, milliseconds: UInt32) throws(PictureSourceError) -> I420Picture? {
        source.select(pattern: adjustments.pattern)
        guard try source.next(frameNumber: number, milliseconds: milliseconds, into: picture) else { return nil }
        adjuster.apply(adjustments, to: picture)
        var result = picture
        if adjustments.flips {
            let other = flipped ?? I420Picture(size: format.size)
            flipped = other
            other.copy(
                from: picture, horizontalFlip: adjustments.horizontalFlip, verticalFlip: adjustments.verticalFlip)
            result = other
        }
        if stamps { stamp.draw(BlockCode.Stamp(number: number, milliseconds: milliseconds), on: result) }
        return result
    }
}
