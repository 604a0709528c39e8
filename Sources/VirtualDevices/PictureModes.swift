import PictureSources
import PixelFormats
import SystemPackage
import V4L2Types

/// The pixel formats, sizes and intervals that a device of ours offers, and the nearest to what a program asks.
struct PictureModes {
    /// The formats that programs can choose, in their order.
    let formats: [PixelFormat]
    let sizes: SizeRange

    /// Frames in several buffers need the multi-planar interface.
    init(isMultiPlanar: Bool, sizes: SizeRange) {
        formats = isMultiPlanar ? PixelFormat.all : PixelFormat.all.filter { $0.memoryPlanes == 1 }
        self.sizes = sizes
    }

    func description(at index: Int) throws(Errno) -> FormatDescription {
        guard formats.indices.contains(index) else { throw .invalidArgument }
        return FormatDescription(formats[index])
    }

    /// As the kernel's test driver does: an unknown pixel format becomes the first, a size the nearest, and a
    /// stride that is longer than a line is kept. Field order and colours are always ours.
    func nearest(to format: VideoFormat) throws(Errno) -> VideoFormat {
        let known = formats.contains { $0.fourCC == format.fourCC }
        let layout = VideoFormat.layout(
            known ? format.fourCC : formats[0].fourCC, size: sizes.clamp(format.size),
            bytesPerLine: format.planes[0].bytesPerLine)
        guard let layout else { throw .invalidArgument }
        return layout
    }

    func frameSizes(at index: Int, for fourCC: FourCC) throws(Errno) -> FrameSizes {
        guard index == 0, formats.contains(where: { $0.fourCC == fourCC }) else { throw .invalidArgument }
        return .stepwise(sizes)
    }

    func frameIntervals(at index: Int, for fourCC: FourCC, size: FrameSize) throws(Errno) -> FrameIntervals {
        guard index == 0, formats.contains(where: { $0.fourCC == fourCC }), sizes.contains(size) else {
            throw .invalidArgument
        }
        return .continuous(minimum: Self.shortestInterval, maximum: Self.longestInterval)
    }

    /// The format to start with.
    /// - Parameters:
    ///   - fourCC: nil for the first.
    ///   - size: brought to the nearest that there is; nil for the usual one.
    /// - Throws: one line for a person, if there is no such format.
    func initial(_ fourCC: FourCC?, size: FrameSize?) throws(PictureSourceError) -> VideoFormat {
        let fourCC = fourCC ?? formats[0].fourCC
        let size = sizes.clamp(size ?? Self.usualSize)
        guard let known = PixelFormat.find(fourCC) else {
            throw PictureSourceError("there is no format \(fourCC); see the list")
        }
        guard formats.contains(where: { $0.fourCC == fourCC }) else {
            let count = known.memoryPlanes
            throw PictureSourceError("\(fourCC) has its frames in \(count) buffers; make the device multi-planar")
        }
        guard let format = VideoFormat.layout(fourCC, size: size) else {
            throw PictureSourceError("\(fourCC) has no frames of \(size); choose even limits for the sizes")
        }
        return format
    }

    static let usualSize = FrameSize(width: 640, height: 480)
    static let usualInterval = Rational(1, 30)
    static let shortestInterval = Rational(1, 120)
    static let longestInterval = Rational(1, 1)

    /// The interval itself if it is within the limits; `standard` for one that has a 0 in it.
    static func nearestInterval(to interval: Rational, standard: Rational) -> Rational {
        guard interval.numerator > 0, interval.denominator > 0 else { return standard }
        if interval.isLess(than: shortestInterval) { return shortestInterval }
        return longestInterval.isLess(than: interval) ? longestInterval : interval
    }
}
