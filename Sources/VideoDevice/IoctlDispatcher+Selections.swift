import CVideoABI
import SystemPackage
import V4L2Types

extension IoctlDispatcher {
    /// VIDIOC_G_SELECTION and S_SELECTION; and CROPCAP, G_CROP and S_CROP, which the kernel makes of them.
    func performSelection(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) {
        switch ioctl {
        case .cropCapability:
            try edit(request, v4l2_cropcap.self) { c throws(Errno) in
                let rawType = c.type
                let type = try selectable(rawType, handle)
                let bounds = try device.selection(type.isOutput ? .composeBounds : .cropBounds, for: type, on: handle)
                let whole = try device.selection(type.isOutput ? .composeDefault : .cropDefault, for: type, on: handle)
                c = v4l2_cropcap()
                c.type = rawType
                c.bounds = v4l2_rect(bounds)
                c.defrect = v4l2_rect(whole)
                c.pixelaspect = v4l2_fract(numerator: 1, denominator: 1)
            }
        case .getCrop, .setCrop:
            try edit(request, v4l2_crop.self) { c throws(Errno) in
                let type = try selectable(c.type, handle)
                let target: Selection.Target = type.isOutput ? .compose : .crop
                if ioctl == .getCrop {
                    c.c = v4l2_rect(try device.selection(target, for: type, on: handle))
                } else {
                    let asked = Selection(type: type, target: target, rectangle: PixelRectangle(c.c))
                    _ = try device.setSelection(asked, on: handle)
                }
            }
        default:
            try edit(request, v4l2_selection.self) { c throws(Errno) in
                let rawType = c.type
                let type = try selectable(rawType, handle)
                var selection = try Selection(c)
                selection.type = type
                selection.rectangle =
                    ioctl == .setSelection
                    ? try device.setSelection(selection, on: handle)
                    : try device.selection(selection.target, for: type, on: handle)
                selection.encode(into: &c)
                c.type = rawType
            }
        }
    }

    /// These ioctls take a stream's single-planar and multi-planar type for the same.
    private func selectable(_ rawType: UInt32, _ handle: OpenHandle) throws(Errno) -> BufferType {
        let capabilities = device.information.capabilities
        if let type = BufferType(rawValue: rawType),
            let own = BufferType.allCases.first(where: {
                $0.isOutput == type.isOutput && capabilities.supports($0)
            })
        {
            return own
        }
        return try supportedOrAbsent(0) { type throws(Errno) in
            _ = try device.selection(type.isOutput ? .compose : .crop, for: type, on: handle)
        }
    }
}
