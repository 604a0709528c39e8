public import PixelFormats
public import SystemPackage
public import V4L2Types

/// A video device, as its author writes it: one method per ioctl, with checked values.
///
/// A method that isn't implemented throws ENOTTY, as an ioctl that a kernel driver doesn't have. What the
/// framework can answer itself it does: priorities, controls, events, buffers, and one input or output.
/// Values come from programs and may be anything that their types allow; a buffer type is always one that
/// the capabilities name. Methods of one device are called one at a time; see `IoctlDispatcher`.
///
/// The errors are those of the kernel: EINVAL for an index or type that doesn't exist, EBUSY for a change
/// that allocated buffers forbid (Documentation/userspace-api/media/v4l).
public protocol VideoDevice: AnyObject {
    var information: DeviceInformation { get }
    /// The device's controls; nil if it has none.
    var controls: ControlHandler? { get }

    /// VIDIOC_ENUM_FMT. EINVAL behind the last index.
    func formatDescription(at index: Int, for type: BufferType) throws(Errno) -> FormatDescription
    /// VIDIOC_G_FMT: the stream's present format.
    func format(for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat
    /// VIDIOC_TRY_FMT: the nearest format that the device has. Nothing changes.
    func tryFormat(_ format: VideoFormat, for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat
    /// VIDIOC_S_FMT: as `tryFormat`, and it becomes the stream's. EBUSY while buffers exist.
    func setFormat(_ format: VideoFormat, for type: BufferType, on handle: OpenHandle) throws(Errno) -> VideoFormat
    /// VIDIOC_ENUM_FRAMESIZES. EINVAL behind the last index, or for a pixel format that the device hasn't.
    func frameSizes(at index: Int, for fourCC: FourCC) throws(Errno) -> FrameSizes
    /// VIDIOC_ENUM_FRAMEINTERVALS. EINVAL behind the last index, or for a format or size that isn't there.
    func frameIntervals(at index: Int, for fourCC: FourCC, size: FrameSize) throws(Errno) -> FrameIntervals
    /// VIDIOC_G_PARM
    func parameters(for type: BufferType, on handle: OpenHandle) throws(Errno) -> StreamParameters
    /// VIDIOC_S_PARM: the nearest parameters that the device has become the stream's.
    func setParameters(_ parameters: StreamParameters, on handle: OpenHandle) throws(Errno) -> StreamParameters

    /// VIDIOC_ENUMINPUT. EINVAL behind the last index.
    func input(at index: Int) throws(Errno) -> Input
    /// VIDIOC_G_INPUT
    func currentInput() throws(Errno) -> Int
    /// VIDIOC_S_INPUT
    func selectInput(_ index: Int) throws(Errno)
    /// VIDIOC_ENUMOUTPUT. EINVAL behind the last index.
    func output(at index: Int) throws(Errno) -> Output
    /// VIDIOC_G_OUTPUT
    func currentOutput() throws(Errno) -> Int
    /// VIDIOC_S_OUTPUT
    func selectOutput(_ index: Int) throws(Errno)

    /// VIDIOC_G_SELECTION, and the older cropping ioctls. EINVAL for a target that the device hasn't.
    func selection(
        _ target: Selection.Target, for type: BufferType, on handle: OpenHandle
    ) throws(Errno) -> PixelRectangle
    /// VIDIOC_S_SELECTION and S_CROP: the nearest rectangle that the device has becomes the stream's.
    func setSelection(_ selection: Selection, on handle: OpenHandle) throws(Errno) -> PixelRectangle

    /// Whether a program may subscribe to these events, besides those of the device's controls.
    func supportsEvent(_ kind: EventKind, id: UInt32) -> Bool
    /// VIDIOC_LOG_STATUS
    func logStatus() throws(Errno)
}
