package import CVideoABI
public import PixelFormats
package import SystemPackage

/// Frame intervals, in seconds, that a device has for a pixel format and a size: one entry of
/// VIDIOC_ENUM_FRAMEINTERVALS, `struct v4l2_frmivalenum`.
public enum FrameIntervals: Sendable, Hashable {
    /// One interval; others have other indices.
    case discrete(Rational)
    /// All intervals of a range. There is no other entry.
    case stepwise(minimum: Rational, maximum: Rational, step: Rational)
    /// Any interval of a range. There is no other entry.
    case continuous(minimum: Rational, maximum: Rational)

    /// - Throws: EINVAL for an unknown type of entry.
    package init(_ c: v4l2_frmivalenum) throws(Errno) {
        switch c.type {
        case V4L2_FRMIVAL_TYPE_DISCRETE.rawValue:
            self = .discrete(Rational(c.discrete))
        case V4L2_FRMIVAL_TYPE_STEPWISE.rawValue:
            self = .stepwise(
                minimum: Rational(c.stepwise.min), maximum: Rational(c.stepwise.max), step: Rational(c.stepwise.step))
        case V4L2_FRMIVAL_TYPE_CONTINUOUS.rawValue:
            self = .continuous(minimum: Rational(c.stepwise.min), maximum: Rational(c.stepwise.max))
        default: throw .invalidArgument
        }
    }

    /// Fills everything but the index, the pixel format and the size, which the program gave.
    package func encode(into c: inout v4l2_frmivalenum) {
        let asked = c
        c = v4l2_frmivalenum()
        c.index = asked.index
        c.pixel_format = asked.pixel_format
        c.width = asked.width
        c.height = asked.height
        switch self {
        case .discrete(let interval):
            c.type = V4L2_FRMIVAL_TYPE_DISCRETE.rawValue
            c.discrete = v4l2_fract(interval)
        case .stepwise(let minimum, let maximum, let step):
            c.type = V4L2_FRMIVAL_TYPE_STEPWISE.rawValue
            c.stepwise = v4l2_frmival_stepwise(
                min: v4l2_fract(minimum), max: v4l2_fract(maximum), step: v4l2_fract(step))
        case .continuous(let minimum, let maximum):
            c.type = V4L2_FRMIVAL_TYPE_CONTINUOUS.rawValue
            c.stepwise = v4l2_frmival_stepwise(
                min: v4l2_fract(minimum), max: v4l2_fract(maximum), step: v4l2_fract(numerator: 1, denominator: 1))
        }
    }
}

extension Rational {
    package init(_ c: v4l2_fract) { self.init(c.numerator, c.denominator) }
}

extension v4l2_fract {
    package init(_ rational: Rational) {
        self.init(numerator: rational.numerator, denominator: rational.denominator)
    }
}
