public import SystemPackage
public import V4L2Types

/// The controls of a device: the counterpart of the kernel's `v4l2_ctrl_handler`.
///
/// Programs reach them by ioctls; the device reads and changes them here. Used like the device, one call at
/// a time.
public final class ControlHandler {
    /// By number, with a title for each class, as programs see them.
    public internal(set) var controls: [Control]

    /// Called when a program changes a control, before the value is kept. What it throws the program gets, and
    /// the control stays as it was. Buttons come with the value 0.
    public var onChange: ((ControlID, Int64) throws(Errno) -> Void)?
    /// Asked for the present value of a control with `ControlFlags.volatile`.
    public var volatileValue: ((ControlID) -> Int64)?
    /// Where events go: the device's handle table.
    var onEvent: ((VideoEvent, OpenHandle?) -> Void)?

    /// - Precondition: no number occurs twice.
    public init(_ controls: [Control]) {
        let titles = Set(controls.map(\.id.controlClass)).map(Control.title)
        self.controls = (controls + titles).sorted { $0.id < $1.id }
        for (control, next) in zip(self.controls, self.controls.dropFirst()) {
            precondition(control.id != next.id, "a control's number occurs once")
        }
    }

    /// The present value of a control.
    /// - Throws: EINVAL if there is none of this number.
    public func value(of id: ControlID) throws(Errno) -> Int64 {
        currentValue(at: try index(of: id))
    }

    /// The device changes a control itself: everyone who subscribed is told, and `onChange` isn't called.
    /// - Throws: EINVAL if there is none of this number, or as for a program's value.
    public func setValue(_ value: Int64, of id: ControlID) throws(Errno) {
        let index = try index(of: id)
        let valid = try controls[index].validated(value)
        guard valid != controls[index].value else { return }
        controls[index].value = valid
        notify(index, .value, from: nil)
    }

    /// Says that a control can't be changed now, has no effect now, and so on.
    /// - Throws: EINVAL if there is none of this number.
    public func setFlags(_ flags: ControlFlags, of id: ControlID) throws(Errno) {
        let index = try index(of: id)
        guard flags != controls[index].description.flags else { return }
        controls[index].description.flags = flags
        notify(index, .flags, from: nil)
    }

    /// Changes what values a numeric control takes. The present value goes to the nearest of them.
    /// - Throws: EINVAL if there is no number of this number, or the default lies outside.
    public func setRange(
        _ range: ClosedRange<Int64>, step: UInt64, default value: Int64, of id: ControlID
    ) throws(Errno) {
        let index = try index(of: id)
        guard controls[index].description.type == .integer || controls[index].description.type == .integer64,
            step > 0, range.contains(value),
            controls[index].description.type == .integer64
                || (range.lowerBound >= Int64(Int32.min) && range.upperBound <= Int64(Int32.max)
                    && step <= UInt64(Int32.max))
        else { throw .invalidArgument }
        controls[index].description.minimum = range.lowerBound
        controls[index].description.maximum = range.upperBound
        controls[index].description.step = step
        controls[index].description.defaultValue = value
        let valid = try controls[index].validated(controls[index].value)
        let changes: ControlChange.Changes = valid == controls[index].value ? .range : [.range, .value]
        controls[index].value = valid
        notify(index, changes, from: nil)
    }
}

extension ControlHandler {
    /// Where a control stands in `controls`.
    /// - Throws: EINVAL if there is none of this number.
    func index(of id: ControlID) throws(Errno) -> Int {
        var (low, high) = (0, controls.count)
        while low < high {
            let middle = (low + high) / 2
            if controls[middle].id < id { low = middle + 1 } else { high = middle }
        }
        guard low < controls.count, controls[low].id == id else { throw .invalidArgument }
        return low
    }

    func currentValue(at index: Int) -> Int64 {
        let control = controls[index]
        guard control.description.flags.contains(.volatile), let volatileValue else { return control.value }
        let value = volatileValue(control.id)
        return (try? control.validated(value)) ?? control.value
    }

    /// A program sets a control to a value that was validated.
    /// - Throws: what the device throws.
    func change(at index: Int, to value: Int64, from handle: OpenHandle) throws(Errno) {
        let control = controls[index]
        let flags = control.description.flags
        let isChange = flags.contains(.executeOnWrite) || (!flags.contains(.volatile) && value != control.value)
        guard isChange else { return }
        try onChange?(control.id, value)
        controls[index].value = value
        notify(index, .value, from: handle)
    }

    private func notify(_ index: Int, _ changes: ControlChange.Changes, from handle: OpenHandle?) {
        onEvent?(event(at: index, changes), handle)
    }

    private func event(at index: Int, _ changes: ControlChange.Changes) -> VideoEvent {
        let control = controls[index]
        let change = ControlChange(control.description, value: currentValue(at: index), changes: changes)
        return VideoEvent(.control(change), id: control.id.rawValue)
    }

    /// What a new subscriber who asks for the present state gets; nil for a title, which has none.
    /// - Throws: EINVAL if there is no control of this number.
    func initialEvent(of id: ControlID) throws(Errno) -> VideoEvent? {
        let index = try index(of: id)
        let description = controls[index].description
        guard description.type != .controlClass else { return nil }
        return event(at: index, description.flags.contains(.writeOnly) ? .flags : [.flags, .value])
    }
}
