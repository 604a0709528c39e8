import BufferQueue
public import PixelFormats
public import SystemPackage
public import V4L2Types
public import VideoDevice

/// What programs ask about pictures, and choose.
extension VirtualCamera {
    public func formatDescription(at index: Int, for type: BufferType) throws(Errno) -> FormatDescription {
        guard formats.indices.contains(index) else { throw .invalidArgument }
        return FormatDescription(formats[index])
    }

    public func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat { current }

    /// As the kernel's test driver does: an unknown pixel format becomes the first, a size the nearest, and a
    /// stride that is longer than a line is kept. Field order and colours are always the camera's.
    public func tryFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        let known = formats.contains { $0.fourCC == format.fourCC }
        let layout = VideoFormat.layout(
            known ? format.fourCC : formats[0].fourCC, size: configuration.sizes.clamp(format.size),
            bytesPerLine: format.planes[0].bytesPerLine)
        guard let layout else { throw .invalidArgument }
        return layout
    }

    public func setFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        let nearest = try tryFormat(format, for: type, on: handle)
        guard queue.buffers.isEmpty else { throw .resourceBusy }
        current = nearest
        return nearest
    }

    public func frameSizes(at index: Int, for fourCC: FourCC) throws(Errno) -> FrameSizes {
        guard index == 0, formats.contains(where: { $0.fourCC == fourCC }) else { throw .invalidArgument }
        return .stepwise(configuration.sizes)
    }

    public func frameIntervals(
        at index: Int, for fourCC: FourCC, size: FrameSize
    ) throws(Errno) -> FrameIntervals {
        guard index == 0, formats.contains(where: { $0.fourCC == fourCC }), configuration.sizes.contains(size) else {
            throw .invalidArgument
        }
        return .continuous(minimum: Self.shortestInterval, maximum: Self.longestInterval)
    }

    public func parameters(for type: BufferType, on handle: OpenHandle) throws(Errno) -> StreamParameters {
        // Programs take a count of 0 to mean that the device has no read().
        StreamParameters(type: type, interval: interval, bufferCount: offersFileIO ? 1 : 0)
    }

    /// A change while frames are made holds from the next frame on.
    public func setParameters(
        _ parameters: StreamParameters, on handle: OpenHandle
    ) throws(Errno) -> StreamParameters {
        interval = Self.nearestInterval(to: parameters.interval, standard: defaultInterval)
        if let pacer = stream?.pacer { stream?.pacer = pacer.changed(to: interval) }
        return try self.parameters(for: parameters.type, on: handle)
    }

    static let shortestInterval = Rational(1, 120)
    static let longestInterval = Rational(1, 1)

    /// The interval itself if it is within the limits; `standard` for one that has a 0 in it.
    static func nearestInterval(to interval: Rational, standard: Rational) -> Rational {
        guard interval.numerator > 0, interval.denominator > 0 else { return standard }
        if interval.isLess(than: shortestInterval) { return shortestInterval }
        return longestInterval.isLess(than: interval) ? longestInterval : interval
    }
}
