import CVideoABI
import SystemPackage
import V4L2Types

extension IoctlDispatcher {
    /// VIDIOC_ENUMINPUT, G_INPUT, S_INPUT
    func performInput(_ ioctl: Ioctl, _ request: borrowing IoctlRequest) throws(Errno) {
        switch ioctl {
        case .enumerateInputs:
            try edit(request, v4l2_input.self) { c throws(Errno) in
                try device.input(at: Int(c.index)).encode(into: &c)
            }
        case .getInput: request.store(UInt32(truncatingIfNeeded: try device.currentInput()))
        default: try device.selectInput(Int(try request.load(UInt32.self)))
        }
    }

    /// VIDIOC_ENUMOUTPUT, G_OUTPUT, S_OUTPUT
    func performOutput(_ ioctl: Ioctl, _ request: borrowing IoctlRequest) throws(Errno) {
        switch ioctl {
        case .enumerateOutputs:
            try edit(request, v4l2_output.self) { c throws(Errno) in
                try device.output(at: Int(c.index)).encode(into: &c)
            }
        case .getOutput: request.store(UInt32(truncatingIfNeeded: try device.currentOutput()))
        default: try device.selectOutput(Int(try request.load(UInt32.self)))
        }
    }
}
