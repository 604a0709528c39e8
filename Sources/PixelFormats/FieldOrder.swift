/// Which lines of a picture a buffer holds: `enum v4l2_field`.
///
/// A value that has no name here is kept as it is, so that a caller can refuse it or give it back.
public struct FieldOrder: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `V4L2_FIELD_ANY`: let the driver choose. Only a request, never an answer.
    public static let any = FieldOrder(rawValue: 0)
    /// `V4L2_FIELD_NONE`: a whole frame, progressive.
    public static let none = FieldOrder(rawValue: 1)
    /// `V4L2_FIELD_TOP`
    public static let top = FieldOrder(rawValue: 2)
    /// `V4L2_FIELD_BOTTOM`
    public static let bottom = FieldOrder(rawValue: 3)
    /// `V4L2_FIELD_INTERLACED`
    public static let interlaced = FieldOrder(rawValue: 4)
    /// `V4L2_FIELD_SEQ_TB`
    public static let sequentialTopBottom = FieldOrder(rawValue: 5)
    /// `V4L2_FIELD_SEQ_BT`
    public static let sequentialBottomTop = FieldOrder(rawValue: 6)
    /// `V4L2_FIELD_ALTERNATE`
    public static let alternate = FieldOrder(rawValue: 7)
    /// `V4L2_FIELD_INTERLACED_TB`
    public static let interlacedTopBottom = FieldOrder(rawValue: 8)
    /// `V4L2_FIELD_INTERLACED_BT`
    public static let interlacedBottomTop = FieldOrder(rawValue: 9)
}
