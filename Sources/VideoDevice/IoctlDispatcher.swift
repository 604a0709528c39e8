import CVideoABI
import SystemPackage
import V4L2Types

/// Takes a program's ioctls apart and gives them to the device, its controls and its queue: the counterpart
/// of the kernel's `v4l2-ioctl.c`.
///
/// It isn't thread-safe: all calls for one device, to the dispatcher and to the device's handles, controls
/// and queue, are made one at a time, as under the kernel's device lock.
package final class IoctlDispatcher {
    package let device: any VideoDevice
    package let handles: HandleTable
    /// Answers the ioctls about buffers; without it they give ENOTTY.
    package weak var buffers: (any BufferIoctls)?

    package init(device: any VideoDevice, handles: HandleTable, buffers: (any BufferIoctls)? = nil) {
        self.device = device
        self.handles = handles
        self.buffers = buffers
        device.controls?.onEvent = { [weak handles] event, originator in
            handles?.broadcast(event, from: originator)
        }
    }

    /// Performs one ioctl. The checks come in the kernel's order: the number, the argument, the priority.
    package func perform(_ request: borrowing IoctlRequest, handle: OpenHandle) -> IoctlReply {
        // video_usercopy fetches the argument before it knows the ioctl.
        if request.isFaulted, request.command & Self.reads != 0 { return .failure(.badAddress) }
        guard let ioctl = Ioctl(command: request.command), exists(ioctl) else {
            return .failure(.inappropriateIOCTLForDevice)
        }
        guard !request.isFaulted, unsafe request.argument.count >= ioctl.argumentSize else {
            return .failure(.badAddress)
        }
        if ioctl.needsPriority, let highest = handles.highestPriority, handle.priority < highest {
            return .failure(.resourceBusy)
        }
        do throws(Errno) {
            return try route(ioctl, request, handle)
        } catch {
            return .failure(error)
        }
    }

    /// _IOC_WRITE: the kernel reads the program's argument.
    private static let reads: UInt32 = 0x4000_0000

    /// Whether the device has this ioctl, as far as that is known without asking it.
    private func exists(_ ioctl: Ioctl) -> Bool {
        switch ioctl {
        case .queryControl, .queryExtendedControl, .queryMenu, .getControl, .setControl, .getExtendedControls,
            .setExtendedControls, .tryExtendedControls:
            device.controls != nil
        case .subscribeEvent, .unsubscribeEvent, .dequeueEvent:
            device.controls != nil || EventKind.allCases.contains { device.supportsEvent($0, id: 0) }
        default: !ioctl.isBufferIoctl || buffers != nil
        }
    }

    private func route(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) -> IoctlReply {
        switch ioctl {
        case .requestBuffers, .queryBuffer, .queueBuffer, .exportBuffer, .dequeueBuffer, .streamOn, .streamOff,
            .createBuffers, .prepareBuffer, .removeBuffers:
            guard let buffers else { throw .inappropriateIOCTLForDevice }
            return buffers.performBufferIoctl(ioctl, request: request, handle: handle)
        case .getExtendedControls, .setExtendedControls, .tryExtendedControls:
            return try performExtendedControls(ioctl, request, handle)
        case .dequeueEvent:
            return try dequeueEvent(request, handle)
        case .queryCapability:
            try edit(request, v4l2_capability.self) { c throws(Errno) in
                device.information.capability.encode(into: &c)
            }
        case .logStatus: try device.logStatus()
        case .getPriority, .setPriority: try performPriority(ioctl, request, handle)
        case .enumerateFormats, .getFormat, .setFormat, .tryFormat:
            try performFormat(ioctl, request, handle)
        case .enumerateFrameSizes: try enumerateFrameSizes(request)
        case .enumerateFrameIntervals: try enumerateFrameIntervals(request)
        case .getParameters, .setParameters: try performParameters(ioctl, request, handle)
        case .enumerateInputs, .getInput, .setInput: try performInput(ioctl, request)
        case .enumerateOutputs, .getOutput, .setOutput: try performOutput(ioctl, request)
        case .cropCapability, .getCrop, .setCrop, .getSelection, .setSelection:
            try performSelection(ioctl, request, handle)
        case .queryControl, .queryExtendedControl, .queryMenu, .getControl, .setControl:
            try performControl(ioctl, request, handle)
        case .subscribeEvent, .unsubscribeEvent: try performSubscription(ioctl, request, handle)
        }
        return .success
    }

    /// Loads the argument, lets `body` change it, and stores it. If `body` throws, nothing is stored.
    func edit<Value>(
        _ request: borrowing IoctlRequest, _ type: Value.Type, _ body: (inout Value) throws(Errno) -> Void
    ) throws(Errno) {
        var value = try request.load(type)
        try body(&value)
        request.store(value)
    }

    private func performPriority(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) {
        if ioctl == .setPriority {
            handle.priority = try AccessPriority(validating: try request.load(UInt32.self))
        } else {
            request.store((handles.highestPriority ?? .interactive).rawValue)
        }
    }
}
