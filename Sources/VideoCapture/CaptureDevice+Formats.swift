import CVideoABI
import LinuxSystem
public import PixelFormats
public import V4L2Types

extension CaptureDevice {
    /// The pixel formats that the device offers, in its order.
    public func formats() throws(CaptureError) -> [FormatDescription] {
        var formats: [FormatDescription] = []
        while formats.count < Self.enumerationLimit {
            var c = v4l2_fmtdesc()
            c.index = UInt32(formats.count)
            c.type = bufferType.rawValue
            guard try transport.callUntilInvalid(VB2_VIDIOC_ENUM_FMT, "VIDIOC_ENUM_FMT", &c) else { break }
            formats.append(FormatDescription(c))
        }
        return formats
    }

    /// The sizes that the device offers in a format; none if it doesn't tell.
    public func frameSizes(for fourCC: FourCC) throws(CaptureError) -> [FrameSizes] {
        var sizes: [FrameSizes] = []
        while sizes.count < Self.enumerationLimit {
            var c = v4l2_frmsizeenum()
            c.index = UInt32(sizes.count)
            c.pixel_format = fourCC.rawValue
            guard try transport.callUntilInvalid(VB2_VIDIOC_ENUM_FRAMESIZES, "VIDIOC_ENUM_FRAMESIZES", &c) else {
                break
            }
            guard let entry = try? FrameSizes(c) else { break }
            sizes.append(entry)
            if case .stepwise = entry { break }
        }
        return sizes
    }

    /// The frame intervals that the device offers in a format and size; none if it doesn't tell.
    public func frameIntervals(for fourCC: FourCC, size: FrameSize) throws(CaptureError) -> [FrameIntervals] {
        var intervals: [FrameIntervals] = []
        while intervals.count < Self.enumerationLimit {
            var c = v4l2_frmivalenum()
            c.index = UInt32(intervals.count)
            c.pixel_format = fourCC.rawValue
            c.width = size.width
            c.height = size.height
            guard try transport.callUntilInvalid(VB2_VIDIOC_ENUM_FRAMEINTERVALS, "VIDIOC_ENUM_FRAMEINTERVALS", &c)
            else { break }
            guard let entry = try? FrameIntervals(c) else { break }
            intervals.append(entry)
            guard case .discrete = entry else { break }
        }
        return intervals
    }

    /// The format in which it captures now.
    public func format() throws(CaptureError) -> VideoFormat {
        var c = unsafe v4l2_format()
        unsafe c.type = bufferType.rawValue
        try unsafe transport.call(VB2_VIDIOC_G_FMT, "VIDIOC_G_FMT", &c)
        return try unsafe decode(c, "VIDIOC_G_FMT")
    }

    /// Asks for a format. While a stream runs, the device refuses: `CaptureError.busy`.
    /// - Returns: what the device gives, which is the nearest that it has: look at it.
    @discardableResult
    public func setFormat(_ fourCC: FourCC, size: FrameSize) throws(CaptureError) -> VideoFormat {
        let asked = VideoFormat(fourCC: fourCC, size: size, field: .any, planes: [PlaneGeometry()])
        var c = unsafe v4l2_format()
        unsafe StreamFormat(type: bufferType, format: asked).encode(into: &c)
        try unsafe transport.call(VB2_VIDIOC_S_FMT, "VIDIOC_S_FMT", &c)
        return try unsafe decode(c, "VIDIOC_S_FMT")
    }

    /// The time from frame to frame, in seconds; nil if the device doesn't tell.
    public func frameInterval() throws(CaptureError) -> Rational? {
        var c = v4l2_streamparm()
        c.type = bufferType.rawValue
        guard try transport.callUntilInvalid(VB2_VIDIOC_G_PARM, "VIDIOC_G_PARM", &c) else { return nil }
        return try interval(c)
    }

    /// Asks for a time from frame to frame, in seconds.
    /// - Returns: what the device gives; nil if it has no choice and doesn't tell.
    @discardableResult
    public func setFrameInterval(_ interval: Rational) throws(CaptureError) -> Rational? {
        var c = v4l2_streamparm()
        StreamParameters(type: bufferType, interval: interval, bufferCount: 0).encode(into: &c)
        guard try transport.callUntilInvalid(VB2_VIDIOC_S_PARM, "VIDIOC_S_PARM", &c) else { return nil }
        return try self.interval(c)
    }

    /// More entries than this are a device that doesn't know its end.
    private static let enumerationLimit = 1024

    private func decode(_ c: v4l2_format, _ operation: StaticString) throws(CaptureError) -> VideoFormat {
        do { return try unsafe StreamFormat(c).format } catch { throw CaptureError(operation, error) }
    }

    private func interval(_ c: v4l2_streamparm) throws(CaptureError) -> Rational? {
        do throws(Errno) {
            let interval = try StreamParameters(c).interval
            return interval.numerator > 0 && interval.denominator > 0 ? interval : nil
        } catch { throw CaptureError("VIDIOC_G_PARM", error) }
    }
}
