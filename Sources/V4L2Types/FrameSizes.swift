package import CVideoABI
public import PixelFormats
package import SystemPackage

/// Frame sizes that a device has for a pixel format: one entry of VIDIOC_ENUM_FRAMESIZES,
/// `struct v4l2_frmsizeenum`.
public enum FrameSizes: Sendable, Hashable {
    /// One size; others have other indices.
    case discrete(FrameSize)
    /// All sizes of a range. There is no other entry.
    case stepwise(SizeRange)

    /// Continuous sizes, which the kernel gives a type of their own, become steps of 1.
    /// - Throws: EINVAL for an unknown type of entry.
    package init(_ c: v4l2_frmsizeenum) throws(Errno) {
        switch c.type {
        case V4L2_FRMSIZE_TYPE_DISCRETE.rawValue:
            self = .discrete(FrameSize(width: c.discrete.width, height: c.discrete.height))
        case V4L2_FRMSIZE_TYPE_STEPWISE.rawValue, V4L2_FRMSIZE_TYPE_CONTINUOUS.rawValue:
            let range = c.stepwise
            self = .stepwise(
                SizeRange(
                    minimum: FrameSize(width: range.min_width, height: range.min_height),
                    maximum: FrameSize(width: range.max_width, height: range.max_height),
                    step: FrameSize(width: max(range.step_width, 1), height: max(range.step_height, 1))))
        default: throw .invalidArgument
        }
    }

    /// Fills everything but the index and the pixel format, which the program gave.
    package func encode(into c: inout v4l2_frmsizeenum) {
        let (index, fourCC) = (c.index, c.pixel_format)
        c = v4l2_frmsizeenum()
        c.index = index
        c.pixel_format = fourCC
        switch self {
        case .discrete(let size):
            c.type = V4L2_FRMSIZE_TYPE_DISCRETE.rawValue
            c.discrete = v4l2_frmsize_discrete(width: size.width, height: size.height)
        case .stepwise(let range):
            let isContinuous = range.step == FrameSize(width: 1, height: 1)
            c.type = (isContinuous ? V4L2_FRMSIZE_TYPE_CONTINUOUS : V4L2_FRMSIZE_TYPE_STEPWISE).rawValue
            c.stepwise = v4l2_frmsize_stepwise(
                min_width: range.minimum.width, max_width: range.maximum.width, step_width: range.step.width,
                min_height: range.minimum.height, max_height: range.maximum.height, step_height: range.step.height)
        }
    }
}
