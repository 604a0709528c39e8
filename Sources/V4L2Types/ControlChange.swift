import CVideoABI

/// The content of a control event: `struct v4l2_event_ctrl`.
public struct ControlChange: Sendable, Hashable {
    /// `V4L2_EVENT_CTRL_CH_*`
    public struct Changes: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_EVENT_CTRL_CH_VALUE`
        public static let value = Changes(rawValue: VB2_V4L2_EVENT_CTRL_CH_VALUE)
        /// `V4L2_EVENT_CTRL_CH_FLAGS`
        public static let flags = Changes(rawValue: VB2_V4L2_EVENT_CTRL_CH_FLAGS)
        /// `V4L2_EVENT_CTRL_CH_RANGE`
        public static let range = Changes(rawValue: VB2_V4L2_EVENT_CTRL_CH_RANGE)
    }

    public var changes: Changes
    /// `enum v4l2_ctrl_type`
    public var rawType: UInt32
    public var value: Int64
    public var flags: ControlFlags
    public var minimum: Int32
    public var maximum: Int32
    public var step: Int32
    public var defaultValue: Int32

    /// What an event says about a control: 64-bit controls have no range in it, as in the kernel.
    public init(_ control: ControlDescription, value: Int64, changes: Changes) {
        self.changes = changes
        rawType = control.type.rawValue
        self.value = value
        flags = control.flags
        let isShort = control.type != .integer64
        minimum = isShort ? Int32(truncatingIfNeeded: control.minimum) : 0
        maximum = isShort ? Int32(truncatingIfNeeded: control.maximum) : 0
        step = isShort ? Int32(truncatingIfNeeded: control.step) : 0
        defaultValue = isShort ? Int32(truncatingIfNeeded: control.defaultValue) : 0
    }

    init(_ c: v4l2_event_ctrl) {
        changes = Changes(rawValue: c.changes)
        rawType = c.type
        value = c.type == ControlType.integer64.rawValue ? c.value64 : Int64(c.value)
        flags = ControlFlags(rawValue: c.flags)
        minimum = c.minimum
        maximum = c.maximum
        step = c.step
        defaultValue = c.default_value
    }

    var encoded: v4l2_event_ctrl {
        var c = v4l2_event_ctrl()
        c.changes = changes.rawValue
        c.type = rawType
        if rawType == ControlType.integer64.rawValue {
            c.value64 = value
        } else {
            c.value = Int32(truncatingIfNeeded: value)
        }
        c.flags = flags.rawValue
        c.minimum = minimum
        c.maximum = maximum
        c.step = step
        c.default_value = defaultValue
        return c
    }
}
