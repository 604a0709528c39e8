package import CVideoABI
package import SystemPackage

/// A rectangle in pixels: `struct v4l2_rect`.
public struct PixelRectangle: Sendable, Hashable {
    public var left: Int32
    public var top: Int32
    public var width: UInt32
    public var height: UInt32

    public init(left: Int32 = 0, top: Int32 = 0, width: UInt32, height: UInt32) {
        self.left = left
        self.top = top
        self.width = width
        self.height = height
    }

    package init(_ c: v4l2_rect) {
        self.init(left: c.left, top: c.top, width: c.width, height: c.height)
    }
}

extension v4l2_rect {
    package init(_ rectangle: PixelRectangle) {
        self.init(left: rectangle.left, top: rectangle.top, width: rectangle.width, height: rectangle.height)
    }
}

/// A rectangle of a stream's picture, for cropping and composing: `struct v4l2_selection`,
/// VIDIOC_G_SELECTION and S_SELECTION.
public struct Selection: Sendable, Hashable {
    /// `V4L2_SEL_TGT_*`
    public enum Target: UInt32, Sendable, Hashable {
        case crop = 0x0000
        case cropDefault = 0x0001
        case cropBounds = 0x0002
        case nativeSize = 0x0003
        case compose = 0x0100
        case composeDefault = 0x0101
        case composeBounds = 0x0102
        case composePadded = 0x0103
    }

    /// `V4L2_SEL_FLAG_*`: how the device may change the rectangle.
    public struct Flags: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_SEL_FLAG_GE`: at least as large.
        public static let atLeast = Flags(rawValue: 1)
        /// `V4L2_SEL_FLAG_LE`: at most as large.
        public static let atMost = Flags(rawValue: 2)
    }

    public var type: BufferType
    public var target: Target
    public var flags: Flags
    public var rectangle: PixelRectangle

    public init(type: BufferType, target: Target, flags: Flags = [], rectangle: PixelRectangle) {
        self.type = type
        self.target = target
        self.flags = flags
        self.rectangle = rectangle
    }

    /// - Throws: EINVAL for a type or target that isn't one of ours.
    package init(_ c: v4l2_selection) throws(Errno) {
        guard let target = Target(rawValue: c.target) else { throw .invalidArgument }
        self.init(
            type: try BufferType(validating: c.type), target: target, flags: Flags(rawValue: c.flags),
            rectangle: PixelRectangle(c.r))
    }

    /// Writes the whole struct; what it held before is gone.
    package func encode(into c: inout v4l2_selection) {
        c = v4l2_selection()
        c.type = type.rawValue
        c.target = target.rawValue
        c.flags = flags.rawValue
        c.r = v4l2_rect(rectangle)
    }
}
