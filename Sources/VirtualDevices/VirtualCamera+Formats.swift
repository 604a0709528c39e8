import BufferQueue
public import PixelFormats
public import SystemPackage
public import V4L2Types
public import VideoDevice

/// What programs ask about pictures, and choose.
extension VirtualCamera {
    public func formatDescription(at index: Int, for type: BufferType) throws(Errno) -> FormatDescription {
        try modes.description(at: index)
    }

    public func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat { current }

    public func tryFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        try modes.nearest(to: format)
    }

    public func setFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        let nearest = try modes.nearest(to: format)
        guard queue.buffers.isEmpty else { throw .resourceBusy }
        current = nearest
        return nearest
    }

    public func frameSizes(at index: Int, for fourCC: FourCC) throws(Errno) -> FrameSizes {
        try modes.frameSizes(at: index, for: fourCC)
    }

    public func frameIntervals(
        at index: Int, for fourCC: FourCC, size: FrameSize
    ) throws(Errno) -> FrameIntervals {
        try modes.frameIntervals(at: index, for: fourCC, size: size)
    }

    public func selection(
        _ target: Selection.Target, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> PixelRectangle {
        try WholeFrame.rectangle(target, of: current.size, isOutput: false)
    }

    public func setSelection(_ selection: Selection, on handle: OpenHandle) throws(Errno) -> PixelRectangle {
        try WholeFrame.select(selection, of: current.size, isOutput: false)
    }

    public func parameters(for type: BufferType, on handle: OpenHandle) throws(Errno) -> StreamParameters {
        // Programs take a count of 0 to mean that the device has no read().
        StreamParameters(type: type, interval: interval, bufferCount: offersFileIO ? 1 : 0)
    }

    /// A change while frames are made holds from the next frame on.
    public func setParameters(
        _ parameters: StreamParameters, on handle: OpenHandle
    ) throws(Errno) -> StreamParameters {
        interval = PictureModes.nearestInterval(to: parameters.interval, standard: defaultInterval)
        stream?.clock.change(interval: interval)
        return try self.parameters(for: parameters.type, on: handle)
    }
}
