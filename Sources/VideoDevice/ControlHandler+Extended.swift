import CVideoABI
import SystemPackage
import V4L2Types

/// How an extended control ioctl ended. On failure `index` is what `error_idx` tells: the control at fault,
/// or the number of controls if nothing was done and the program shall not know more.
struct ExtendedControlOutcome: Equatable {
    var errno: Errno?
    var index: Int
}

extension ControlHandler {
    /// VIDIOC_G_EXT_CTRLS
    func getExtended(
        _ selector: ControlSelector, _ list: borrowing ExtendedControlList
    ) -> ExtendedControlOutcome {
        do throws(Errno) {
            guard list.count > 0 else {
                try requireClass(selector)
                return ExtendedControlOutcome(errno: nil, index: 0)
            }
            var position = 0
            try prepare(selector, list, &position)
            for position in 0..<list.count {
                let index = try index(at: position, of: list)
                guard !controls[index].description.flags.contains(.writeOnly) else { throw .permissionDenied }
            }
            for position in 0..<list.count {
                let index = try index(at: position, of: list)
                let description = controls[index].description
                let value = selector == .defaults ? description.defaultValue : currentValue(at: index)
                write(value, at: position, of: list, as: description.type)
            }
            return ExtendedControlOutcome(errno: nil, index: list.count)
        } catch {
            return ExtendedControlOutcome(errno: error, index: list.count)
        }
    }

    /// VIDIOC_TRY_EXT_CTRLS
    func tryExtended(
        _ selector: ControlSelector, _ list: borrowing ExtendedControlList
    ) -> ExtendedControlOutcome {
        var position = list.count
        do throws(Errno) {
            guard try hasControlsToSet(selector, list) else { return ExtendedControlOutcome(errno: nil, index: 0) }
            try prepare(selector, list, &position)
            try validate(list, isSetting: false, &position)
            return ExtendedControlOutcome(errno: nil, index: list.count)
        } catch {
            return ExtendedControlOutcome(errno: error, index: position)
        }
    }

    /// VIDIOC_S_EXT_CTRLS: nothing is set unless all values are valid.
    func setExtended(
        _ selector: ControlSelector, _ list: borrowing ExtendedControlList, from handle: OpenHandle
    ) -> ExtendedControlOutcome {
        var position = list.count
        do throws(Errno) {
            guard try hasControlsToSet(selector, list) else { return ExtendedControlOutcome(errno: nil, index: 0) }
            try prepare(selector, list, &position)
            try validate(list, isSetting: true, &position)
        } catch {
            return ExtendedControlOutcome(errno: error, index: list.count)
        }
        do throws(Errno) {
            for current in 0..<list.count {
                position = current
                let index = try index(at: current, of: list)
                let type = controls[index].description.type
                try change(at: index, to: unsafe list[current].value(as: type), from: handle)
                write(controls[index].value, at: current, of: list, as: type)
            }
            return ExtendedControlOutcome(errno: nil, index: list.count)
        } catch {
            return ExtendedControlOutcome(errno: error, index: position)
        }
    }
}

extension ControlHandler {
    /// Defaults can't be set, and we have no requests. No controls at all are fine if their class exists.
    private func hasControlsToSet(
        _ selector: ControlSelector, _ list: borrowing ExtendedControlList
    ) throws(Errno) -> Bool {
        guard selector != .defaults, selector != .request else { throw .invalidArgument }
        guard list.count > 0 else {
            try requireClass(selector)
            return false
        }
        return true
    }

    private func requireClass(_ selector: ControlSelector) throws(Errno) {
        switch selector {
        case .current, .defaults: break
        case .request: throw .invalidArgument
        case .controlClass(let controlClass): _ = try index(of: controlClass.id)
        }
    }

    /// All controls exist, are of the class that was named, and aren't disabled. `position` follows.
    private func prepare(
        _ selector: ControlSelector, _ list: borrowing ExtendedControlList, _ position: inout Int
    ) throws(Errno) {
        guard selector != .request else { throw .invalidArgument }
        for current in 0..<list.count {
            position = current
            let index = try index(at: current, of: list)
            if case .controlClass(let controlClass) = selector, controls[index].id.controlClass != controlClass {
                throw .invalidArgument
            }
            guard !controls[index].description.flags.contains(.disabled) else { throw .invalidArgument }
        }
    }

    /// All values can be set; those that have to be adjusted are. `position` follows.
    private func validate(
        _ list: borrowing ExtendedControlList, isSetting: Bool, _ position: inout Int
    ) throws(Errno) {
        for current in 0..<list.count {
            position = current
            let index = try index(at: current, of: list)
            let type = controls[index].description.type
            let value = unsafe list[current].value(as: type)
            write(try validated(value, at: index, isSetting: isSetting), at: current, of: list, as: type)
        }
    }

    private func index(at position: Int, of list: borrowing ExtendedControlList) throws(Errno) -> Int {
        let rawID = unsafe list[position].id
        return try index(of: ControlID(rawValue: rawID & UInt32(V4L2_CTRL_ID_MASK)))
    }

    private func write(
        _ value: Int64, at position: Int, of list: borrowing ExtendedControlList, as type: ControlType
    ) {
        unsafe list[position].setValue(value, as: type)
    }
}
