package import CVideoABI
public import PixelFormats
package import SystemPackage

/// How a stream runs: `struct v4l2_streamparm`, VIDIOC_G_PARM and S_PARM.
public struct StreamParameters: Sendable, Hashable {
    public var type: BufferType
    /// The interval can be chosen: `V4L2_CAP_TIMEPERFRAME`.
    public var hasSelectableInterval: Bool
    /// `V4L2_MODE_HIGHQUALITY`
    public var isHighQuality: Bool
    /// Time per frame, in seconds. A program that asks for 0 in either part wants the default.
    public var interval: Rational
    /// How many buffers read(2) and write(2) use.
    public var bufferCount: UInt32

    public init(
        type: BufferType, hasSelectableInterval: Bool = true, isHighQuality: Bool = false, interval: Rational,
        bufferCount: UInt32
    ) {
        self.type = type
        self.hasSelectableInterval = hasSelectableInterval
        self.isHighQuality = isHighQuality
        self.interval = interval
        self.bufferCount = bufferCount
    }

    /// - Throws: EINVAL if the type is none of ours.
    package init(_ c: v4l2_streamparm) throws(Errno) {
        let type = try BufferType(validating: c.type)
        // The two structs of the union have the same fields at the same places.
        let parameters = unsafe c.parm.capture
        self.init(
            type: type,
            hasSelectableInterval: parameters.capability & UInt32(V4L2_CAP_TIMEPERFRAME) != 0,
            isHighQuality: parameters.capturemode & UInt32(V4L2_MODE_HIGHQUALITY) != 0,
            interval: Rational(parameters.timeperframe), bufferCount: parameters.readbuffers)
    }

    /// Writes the whole struct; what it held before is gone.
    package func encode(into c: inout v4l2_streamparm) {
        c = v4l2_streamparm()
        c.type = type.rawValue
        unsafe c.parm.capture.capability = hasSelectableInterval ? UInt32(V4L2_CAP_TIMEPERFRAME) : 0
        unsafe c.parm.capture.capturemode = isHighQuality ? UInt32(V4L2_MODE_HIGHQUALITY) : 0
        unsafe c.parm.capture.timeperframe = v4l2_fract(interval)
        unsafe c.parm.capture.readbuffers = bufferCount
    }
}
