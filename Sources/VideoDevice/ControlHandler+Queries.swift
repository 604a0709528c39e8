import CVideoABI
import SystemPackage
import V4L2Types

extension ControlHandler {
    /// VIDIOC_QUERYCTRL and QUERY_EXT_CTRL: the control of this number, or the next one if the number has the
    /// flags for that.
    ///
    /// Numbers from `V4L2_CID_PRIVATE_BASE` on count the driver's own controls, in the old way, and come back
    /// as they were asked for.
    /// - Throws: EINVAL if there is none.
    func describe(_ rawID: UInt32) throws(Errno) -> ControlDescription {
        let nextFlags = UInt32(V4L2_CTRL_FLAG_NEXT_CTRL) | UInt32(V4L2_CTRL_FLAG_NEXT_COMPOUND)
        let id = ControlID(rawValue: rawID & UInt32(V4L2_CTRL_ID_MASK))
        if rawID & nextFlags != 0 {
            // None of our controls is compound: NEXT_COMPOUND alone finds nothing.
            guard rawID & UInt32(V4L2_CTRL_FLAG_NEXT_CTRL) != 0, let next = controls.first(where: { $0.id > id })
            else { throw .invalidArgument }
            return next.description
        }
        var description = controls[try index(ofAny: id)].description
        if id.rawValue >= UInt32(V4L2_CID_PRIVATE_BASE) { description.id = id }
        return description
    }

    /// VIDIOC_QUERYMENU
    /// - Throws: EINVAL if there is no such control, it is no menu, or the index has no item.
    func menuItem(at position: UInt32, of rawID: UInt32) throws(Errno) -> ControlMenuItem {
        let control = controls[try index(ofAny: ControlID(rawValue: rawID))]
        guard control.description.type == .menu || control.description.type == .integerMenu,
            Int64(position) >= control.description.minimum, control.items.indices.contains(Int(position)),
            let item = control.items[Int(position)]
        else { throw .invalidArgument }
        return item
    }

    /// VIDIOC_G_CTRL
    /// - Throws: EINVAL if there is no such control, or it doesn't fit 32 bits; EACCES if it can't be read.
    func shortValue(of rawID: UInt32) throws(Errno) -> Int32 {
        let index = try index(ofAny: ControlID(rawValue: rawID))
        let description = controls[index].description
        guard description.type != .integer64 else { throw .invalidArgument }
        guard !description.flags.contains(.writeOnly) else { throw .permissionDenied }
        return Int32(truncatingIfNeeded: currentValue(at: index))
    }

    /// VIDIOC_S_CTRL. Returns the value that was set.
    /// - Throws: EINVAL if there is no such control, or it doesn't fit 32 bits, or a menu has no such item;
    ///   EACCES if it can't be written; ERANGE outside of a menu; EBUSY while it is grabbed; what the device
    ///   throws.
    func setShortValue(_ value: Int32, of rawID: UInt32, from handle: OpenHandle) throws(Errno) -> Int32 {
        let index = try index(ofAny: ControlID(rawValue: rawID))
        guard controls[index].description.type != .integer64 else { throw .invalidArgument }
        let valid = try validated(Int64(value), at: index, isSetting: true)
        try change(at: index, to: valid, from: handle)
        return Int32(truncatingIfNeeded: controls[index].value)
    }

    /// The value that a control would take from a program.
    func validated(_ value: Int64, at index: Int, isSetting: Bool) throws(Errno) -> Int64 {
        let flags = controls[index].description.flags
        guard !flags.contains(.readOnly) else { throw .permissionDenied }
        guard !isSetting || !flags.contains(.grabbed) else { throw .resourceBusy }
        return try controls[index].validated(value)
    }

    /// As `index(of:)`, also for the old numbers of a driver's own controls.
    private func index(ofAny id: ControlID) throws(Errno) -> Int {
        let id = ControlID(rawValue: id.rawValue & UInt32(V4L2_CTRL_ID_MASK))
        guard id.rawValue >= UInt32(V4L2_CID_PRIVATE_BASE) else {
            return try index(of: id)
        }
        var remaining = id.rawValue - UInt32(V4L2_CID_PRIVATE_BASE)
        for (index, control) in controls.enumerated()
        where control.id.controlClass == .user && control.id.isDriverPrivate
            && control.description.type != .integer64
        {
            if remaining == 0 { return index }
            remaining -= 1
        }
        throw .invalidArgument
    }
}
