import CVideoABI
import SystemPackage
import V4L2Types

extension IoctlDispatcher {
    /// VIDIOC_QUERYCTRL, QUERY_EXT_CTRL, QUERYMENU, G_CTRL, S_CTRL
    func performControl(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) {
        guard let controls = device.controls else { throw .inappropriateIOCTLForDevice }
        switch ioctl {
        case .queryControl:
            try edit(request, v4l2_queryctrl.self) { c throws(Errno) in
                try controls.describe(c.id).encode(into: &c)
            }
        case .queryExtendedControl:
            try edit(request, v4l2_query_ext_ctrl.self) { c throws(Errno) in
                try controls.describe(c.id).encode(into: &c)
            }
        case .queryMenu:
            try edit(request, v4l2_querymenu.self) { c throws(Errno) in
                try controls.menuItem(at: c.index, of: c.id).encode(into: &c)
            }
        case .getControl:
            try edit(request, v4l2_control.self) { c throws(Errno) in
                c.value = try controls.shortValue(of: c.id)
            }
        default:
            try edit(request, v4l2_control.self) { c throws(Errno) in
                c.value = try controls.setShortValue(c.value, of: c.id, from: handle)
            }
        }
    }

    /// VIDIOC_G_EXT_CTRLS, S_EXT_CTRLS, TRY_EXT_CTRLS: `error_idx` goes back even when they fail.
    func performExtendedControls(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) -> IoctlReply {
        guard let controls = device.controls else { throw .inappropriateIOCTLForDevice }
        var argument = try unsafe request.load(v4l2_ext_controls.self)
        let list = try unsafe ExtendedControlList(bytes: request.nested, count: argument.count)
        let selector = unsafe ControlSelector(argument.which)
        let outcome =
            switch ioctl {
            case .getExtendedControls: controls.getExtended(selector, list)
            case .setExtendedControls: controls.setExtended(selector, list, from: handle)
            default: controls.tryExtended(selector, list)
            }
        unsafe argument.error_idx = UInt32(outcome.index)
        unsafe argument.reserved = 0
        unsafe request.store(argument)
        return outcome.errno.map(IoctlReply.failureWithResults) ?? .success
    }
}
