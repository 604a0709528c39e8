public import PixelFormats
public import SystemPackage
public import V4L2Types

extension VideoDevice {
    public var controls: ControlHandler? { nil }

    public func formatDescription(at index: Int, for type: BufferType) throws(Errno) -> FormatDescription {
        throw .inappropriateIOCTLForDevice
    }

    public func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat {
        throw .inappropriateIOCTLForDevice
    }

    public func tryFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        throw .inappropriateIOCTLForDevice
    }

    public func setFormat(
        _ format: VideoFormat, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> VideoFormat {
        throw .inappropriateIOCTLForDevice
    }

    public func frameSizes(at index: Int, for fourCC: FourCC) throws(Errno) -> FrameSizes {
        throw .inappropriateIOCTLForDevice
    }

    public func frameIntervals(
        at index: Int, for fourCC: FourCC, size: FrameSize
    ) throws(Errno) -> FrameIntervals {
        throw .inappropriateIOCTLForDevice
    }

    public func parameters(for type: BufferType, on handle: OpenHandle) throws(Errno) -> StreamParameters {
        throw .inappropriateIOCTLForDevice
    }

    public func setParameters(
        _ parameters: StreamParameters, on handle: OpenHandle
    ) throws(Errno) -> StreamParameters {
        throw .inappropriateIOCTLForDevice
    }

    public func selection(
        _ target: Selection.Target, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> PixelRectangle {
        throw .inappropriateIOCTLForDevice
    }

    public func setSelection(_ selection: Selection, on handle: OpenHandle) throws(Errno) -> PixelRectangle {
        throw .inappropriateIOCTLForDevice
    }

    public func supportsEvent(_ kind: EventKind, id: UInt32) -> Bool { false }

    public func logStatus() throws(Errno) {}
}

/// One input for a capture device and one output for an output device; none for memory to memory.
extension VideoDevice {
    public func input(at index: Int) throws(Errno) -> Input {
        try requireFirst(index, information.capabilities.isCapture)
        return Input(name: "Camera 1")
    }

    public func currentInput() throws(Errno) -> Int {
        try requireFirst(0, information.capabilities.isCapture)
        return 0
    }

    public func selectInput(_ index: Int) throws(Errno) {
        try requireFirst(index, information.capabilities.isCapture)
    }

    public func output(at index: Int) throws(Errno) -> Output {
        try requireFirst(index, information.capabilities.isOutput)
        return Output(name: "Output 1")
    }

    public func currentOutput() throws(Errno) -> Int {
        try requireFirst(0, information.capabilities.isOutput)
        return 0
    }

    public func selectOutput(_ index: Int) throws(Errno) {
        try requireFirst(index, information.capabilities.isOutput)
    }

    private func requireFirst(_ index: Int, _ exists: Bool) throws(Errno) {
        guard exists else { throw .inappropriateIOCTLForDevice }
        guard index == 0 else { throw .invalidArgument }
    }
}
