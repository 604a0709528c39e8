import CVideoABI
import PixelFormats
import SystemPackage
import V4L2Types

extension IoctlDispatcher {
    /// - Throws: EINVAL for a type that this node hasn't (`check_fmt` in the kernel).
    func supported(_ rawType: UInt32) throws(Errno) -> BufferType {
        let type = try BufferType(validating: rawType)
        guard device.information.capabilities.supports(type) else { throw .invalidArgument }
        return type
    }

    /// VIDIOC_ENUM_FMT, G_FMT, S_FMT, TRY_FMT
    func performFormat(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) {
        guard ioctl != .enumerateFormats else {
            return try edit(request, v4l2_fmtdesc.self) { c throws(Errno) in
                let type = try supported(c.type)
                try device.formatDescription(at: Int(c.index), for: type).encode(into: &c)
            }
        }
        try unsafe edit(request, v4l2_format.self) { c throws(Errno) in
            let type = try unsafe supported(c.type)
            let asked = try unsafe StreamFormat(c).format
            let answer =
                switch ioctl {
                case .setFormat: try device.setFormat(asked, for: type, on: handle)
                case .tryFormat: try device.tryFormat(asked, for: type, on: handle)
                default: try device.format(for: type, on: handle)
                }
            unsafe StreamFormat(type: type, format: answer).encode(into: &c)
        }
    }

    /// VIDIOC_ENUM_FRAMESIZES
    func enumerateFrameSizes(_ request: borrowing IoctlRequest) throws(Errno) {
        try edit(request, v4l2_frmsizeenum.self) { c throws(Errno) in
            let fourCC = FourCC(rawValue: c.pixel_format)
            try device.frameSizes(at: Int(c.index), for: fourCC).encode(into: &c)
        }
    }

    /// VIDIOC_ENUM_FRAMEINTERVALS
    func enumerateFrameIntervals(_ request: borrowing IoctlRequest) throws(Errno) {
        try edit(request, v4l2_frmivalenum.self) { c throws(Errno) in
            let fourCC = FourCC(rawValue: c.pixel_format)
            let size = FrameSize(width: c.width, height: c.height)
            try device.frameIntervals(at: Int(c.index), for: fourCC, size: size).encode(into: &c)
        }
    }

    /// VIDIOC_G_PARM, S_PARM
    func performParameters(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) {
        try edit(request, v4l2_streamparm.self) { c throws(Errno) in
            let type = try supportedOrAbsent(c.type) { type throws(Errno) in
                _ = try device.parameters(for: type, on: handle)
            }
            var answer =
                ioctl == .setParameters
                ? try device.setParameters(StreamParameters(c), on: handle)
                : try device.parameters(for: type, on: handle)
            answer.type = type
            answer.encode(into: &c)
        }
    }

    /// As `supported`, for an ioctl that the device need not have: then a wrong type gives ENOTTY, as in the
    /// kernel, where a missing ioctl is noticed before its argument is. `probe` asks the device.
    func supportedOrAbsent(
        _ rawType: UInt32, _ probe: (BufferType) throws(Errno) -> Void
    ) throws(Errno) -> BufferType {
        if let type = BufferType(rawValue: rawType), device.information.capabilities.supports(type) { return type }
        for type in BufferType.allCases where device.information.capabilities.supports(type) {
            try probe(type)
            break
        }
        throw .invalidArgument
    }
}
