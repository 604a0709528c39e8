import SystemPackage
public import V4L2Types

/// One thing about a device that programs can read or change.
public struct Control: Sendable {
    /// What programs see of it.
    public internal(set) var description: ControlDescription
    /// A menu's choices by index; nil where there is none.
    public let items: [ControlMenuItem?]
    /// The present value.
    public internal(set) var value: Int64

    public var id: ControlID { description.id }

    private init(
        _ id: ControlID, _ type: ControlType, _ name: String, _ range: ClosedRange<Int64>, step: UInt64,
        default value: Int64, flags: ControlFlags, items: [ControlMenuItem?] = []
    ) {
        precondition(range.contains(value), "a control's default lies within its range")
        description = ControlDescription(
            id: id, type: type, name: name, minimum: range.lowerBound, maximum: range.upperBound, step: step,
            defaultValue: value, flags: flags)
        self.items = items
        self.value = value
    }

    /// A number of 32 bits.
    /// - Precondition: a step above 0, and a default within the range.
    public static func integer(
        _ id: ControlID, name: String, range: ClosedRange<Int32>, step: UInt32 = 1, default value: Int32,
        flags: ControlFlags = []
    ) -> Control {
        precondition(step > 0, "a control's step is above 0")
        return Control(
            id, .integer, name, Int64(range.lowerBound)...Int64(range.upperBound), step: UInt64(step),
            default: Int64(value), flags: flags)
    }

    /// A number of 64 bits, for the extended ioctls only.
    /// - Precondition: a step above 0, and a default within the range.
    public static func integer64(
        _ id: ControlID, name: String, range: ClosedRange<Int64>, step: UInt64 = 1, default value: Int64,
        flags: ControlFlags = []
    ) -> Control {
        precondition(step > 0, "a control's step is above 0")
        return Control(id, .integer64, name, range, step: step, default: value, flags: flags)
    }

    public static func boolean(
        _ id: ControlID, name: String, default value: Bool, flags: ControlFlags = []
    ) -> Control {
        Control(id, .boolean, name, 0...1, step: 1, default: value ? 1 : 0, flags: flags)
    }

    /// A set of bits, of which those in `allowed` can be set.
    public static func bitmask(
        _ id: ControlID, name: String, allowed: Int32, default value: Int32, flags: ControlFlags = []
    ) -> Control {
        // As in the kernel the range is 0 to the mask read as a number, so the top bit isn't used.
        precondition(allowed > 0 && value & ~allowed == 0, "a bit mask's default lies within its bits")
        return Control(id, .bitmask, name, 0...Int64(allowed), step: 0, default: Int64(value), flags: flags)
    }

    /// A choice of texts; nil where an index has none.
    /// - Precondition: the default is one of the choices.
    public static func menu(
        _ id: ControlID, name: String, items: [String?], default index: Int, flags: ControlFlags = []
    ) -> Control {
        precondition(items.indices.contains(index) && items[index] != nil, "a menu's default is one of its items")
        return Control(
            id, .menu, name, 0...Int64(items.count - 1), step: 1, default: Int64(index), flags: flags,
            items: items.map { $0.map(ControlMenuItem.name) })
    }

    /// A choice of numbers.
    /// - Precondition: the default is one of the choices.
    public static func integerMenu(
        _ id: ControlID, name: String, items: [Int64], default index: Int, flags: ControlFlags = []
    ) -> Control {
        precondition(items.indices.contains(index), "a menu's default is one of its items")
        return Control(
            id, .integerMenu, name, 0...Int64(items.count - 1), step: 1, default: Int64(index), flags: flags,
            items: items.map(ControlMenuItem.value))
    }

    /// Something to set off. It has no value.
    public static func button(_ id: ControlID, name: String, flags: ControlFlags = []) -> Control {
        Control(
            id, .button, name, 0...0, step: 0, default: 0, flags: flags.union([.writeOnly, .executeOnWrite]))
    }

    /// The title of a class.
    static func title(of controlClass: ControlClass) -> Control {
        Control(
            controlClass.id, .controlClass, controlClass.name ?? "Controls", 0...0, step: 0, default: 0,
            flags: [.readOnly, .writeOnly])
    }
}

extension Control {
    /// What setting `value` would give: numbers go to the nearest step within the range, as in the kernel
    /// (`std_validate` in v4l2-ctrls-core.c).
    /// - Throws: ERANGE for a menu index outside, EINVAL for one without an item.
    func validated(_ value: Int64) throws(Errno) -> Int64 {
        switch description.type {
        case .integer, .integer64: return rounded(value)
        case .boolean: return value == 0 ? 0 : 1
        case .bitmask: return value & description.maximum
        case .button, .controlClass: return 0
        case .menu, .integerMenu:
            guard value >= description.minimum, value <= description.maximum else { throw .outOfRange }
            guard items.indices.contains(Int(value)), items[Int(value)] != nil else { throw .invalidArgument }
            return value
        }
    }

    private func rounded(_ value: Int64) -> Int64 {
        let (low, high, step) = (description.minimum, description.maximum, max(description.step, 1))
        // Distances from the minimum: they fit an unsigned word however far apart the limits are.
        let span = UInt64(bitPattern: high &- low)
        let distance = UInt64(bitPattern: min(max(value, low), high) &- low)
        let (sum, overflow) = distance.addingReportingOverflow(step / 2)
        let steps = min((overflow ? UInt64.max : sum) / step, span / step)
        return low &+ Int64(bitPattern: steps * step)
    }
}
