package import CVideoABI
package import SystemPackage

/// What kind of value a control has: `enum v4l2_ctrl_type`, without strings and compound types.
public enum ControlType: UInt32, Sendable, Hashable, CaseIterable {
    case integer = 1
    case boolean = 2
    case menu = 3
    case button = 4
    case integer64 = 5
    case controlClass = 6
    case bitmask = 8
    case integerMenu = 9
}

/// `V4L2_CTRL_FLAG_*`
public struct ControlFlags: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `V4L2_CTRL_FLAG_DISABLED`
    public static let disabled = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_DISABLED))
    /// `V4L2_CTRL_FLAG_GRABBED`: can't be changed now; setting it gives EBUSY.
    public static let grabbed = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_GRABBED))
    /// `V4L2_CTRL_FLAG_READ_ONLY`
    public static let readOnly = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_READ_ONLY))
    /// `V4L2_CTRL_FLAG_UPDATE`: changing it may change other controls.
    public static let update = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_UPDATE))
    /// `V4L2_CTRL_FLAG_INACTIVE`: has no effect now, but can be set.
    public static let inactive = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_INACTIVE))
    /// `V4L2_CTRL_FLAG_SLIDER`
    public static let slider = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_SLIDER))
    /// `V4L2_CTRL_FLAG_WRITE_ONLY`
    public static let writeOnly = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_WRITE_ONLY))
    /// `V4L2_CTRL_FLAG_VOLATILE`: the device changes it by itself.
    public static let volatile = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_VOLATILE))
    /// `V4L2_CTRL_FLAG_EXECUTE_ON_WRITE`: setting it acts, even when the value stays the same.
    public static let executeOnWrite = ControlFlags(rawValue: UInt32(V4L2_CTRL_FLAG_EXECUTE_ON_WRITE))
}

/// What a control is and which values it takes: VIDIOC_QUERYCTRL and VIDIOC_QUERY_EXT_CTRL.
public struct ControlDescription: Sendable, Hashable {
    public var id: ControlID
    public var type: ControlType
    /// For people, at most 31 bytes.
    public var name: String
    public var minimum: Int64
    public var maximum: Int64
    public var step: UInt64
    public var defaultValue: Int64
    public var flags: ControlFlags

    public init(
        id: ControlID, type: ControlType, name: String, minimum: Int64, maximum: Int64, step: UInt64,
        defaultValue: Int64, flags: ControlFlags
    ) {
        self.id = id
        self.type = type
        self.name = name
        self.minimum = minimum
        self.maximum = maximum
        self.step = step
        self.defaultValue = defaultValue
        self.flags = flags
    }

    /// - Throws: EINVAL for a type that isn't one of ours.
    package init(_ c: v4l2_query_ext_ctrl) throws(Errno) {
        guard let type = ControlType(rawValue: c.type) else { throw .invalidArgument }
        self.init(
            id: ControlID(rawValue: c.id), type: type, name: FixedText.load(c.name), minimum: c.minimum,
            maximum: c.maximum, step: c.step, defaultValue: c.default_value, flags: ControlFlags(rawValue: c.flags))
    }

    package func encode(into c: inout v4l2_query_ext_ctrl) {
        c = v4l2_query_ext_ctrl()
        c.id = id.rawValue
        c.type = type.rawValue
        FixedText.store(name, into: &c.name)
        c.minimum = minimum
        c.maximum = maximum
        c.step = step
        c.default_value = defaultValue
        c.flags = flags.rawValue
        c.elem_size = type == .integer64 ? 8 : 4
        c.elems = 1
    }

    /// The older struct has 32 bits for a value: a 64-bit control shows zeros there, as in the kernel.
    package func encode(into c: inout v4l2_queryctrl) {
        c = v4l2_queryctrl()
        c.id = id.rawValue
        c.type = type.rawValue
        FixedText.store(name, into: &c.name)
        c.flags = flags.rawValue
        guard type != .integer64 else { return }
        c.minimum = Int32(truncatingIfNeeded: minimum)
        c.maximum = Int32(truncatingIfNeeded: maximum)
        c.step = Int32(truncatingIfNeeded: step)
        c.default_value = Int32(truncatingIfNeeded: defaultValue)
    }
}
