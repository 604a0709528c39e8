import CVideoABI

/// The ioctls that we implement. The raw value is the number's lowest byte.
///
/// An ioctl of V4L2 that isn't here gives ENOTTY, as on a kernel device without it.
public enum Ioctl: UInt8, Sendable, Hashable, CaseIterable {
    /// `VIDIOC_QUERYCAP`
    case queryCapability = 0
    /// `VIDIOC_ENUM_FMT`
    case enumerateFormats = 2
    /// `VIDIOC_G_FMT`
    case getFormat = 4
    /// `VIDIOC_S_FMT`
    case setFormat = 5
    /// `VIDIOC_REQBUFS`
    case requestBuffers = 8
    /// `VIDIOC_QUERYBUF`
    case queryBuffer = 9
    /// `VIDIOC_QBUF`
    case queueBuffer = 15
    /// `VIDIOC_EXPBUF`
    case exportBuffer = 16
    /// `VIDIOC_DQBUF`
    case dequeueBuffer = 17
    /// `VIDIOC_STREAMON`
    case streamOn = 18
    /// `VIDIOC_STREAMOFF`
    case streamOff = 19
    /// `VIDIOC_G_PARM`
    case getParameters = 21
    /// `VIDIOC_S_PARM`
    case setParameters = 22
    /// `VIDIOC_ENUMINPUT`
    case enumerateInputs = 26
    /// `VIDIOC_G_CTRL`
    case getControl = 27
    /// `VIDIOC_S_CTRL`
    case setControl = 28
    /// `VIDIOC_QUERYCTRL`
    case queryControl = 36
    /// `VIDIOC_QUERYMENU`
    case queryMenu = 37
    /// `VIDIOC_G_INPUT`
    case getInput = 38
    /// `VIDIOC_S_INPUT`
    case setInput = 39
    /// `VIDIOC_G_OUTPUT`
    case getOutput = 46
    /// `VIDIOC_S_OUTPUT`
    case setOutput = 47
    /// `VIDIOC_ENUMOUTPUT`
    case enumerateOutputs = 48
    /// `VIDIOC_CROPCAP`
    case cropCapability = 58
    /// `VIDIOC_G_CROP`
    case getCrop = 59
    /// `VIDIOC_S_CROP`
    case setCrop = 60
    /// `VIDIOC_TRY_FMT`
    case tryFormat = 64
    /// `VIDIOC_G_PRIORITY`
    case getPriority = 67
    /// `VIDIOC_S_PRIORITY`
    case setPriority = 68
    /// `VIDIOC_LOG_STATUS`
    case logStatus = 70
    /// `VIDIOC_G_EXT_CTRLS`
    case getExtendedControls = 71
    /// `VIDIOC_S_EXT_CTRLS`
    case setExtendedControls = 72
    /// `VIDIOC_TRY_EXT_CTRLS`
    case tryExtendedControls = 73
    /// `VIDIOC_ENUM_FRAMESIZES`
    case enumerateFrameSizes = 74
    /// `VIDIOC_ENUM_FRAMEINTERVALS`
    case enumerateFrameIntervals = 75
    /// `VIDIOC_DQEVENT`
    case dequeueEvent = 89
    /// `VIDIOC_SUBSCRIBE_EVENT`
    case subscribeEvent = 90
    /// `VIDIOC_UNSUBSCRIBE_EVENT`
    case unsubscribeEvent = 91
    /// `VIDIOC_CREATE_BUFS`
    case createBuffers = 92
    /// `VIDIOC_PREPARE_BUF`
    case prepareBuffer = 93
    /// `VIDIOC_G_SELECTION`
    case getSelection = 94
    /// `VIDIOC_S_SELECTION`
    case setSelection = 95
    /// `VIDIOC_QUERY_EXT_CTRL`
    case queryExtendedControl = 103
    /// `VIDIOC_REMOVE_BUFS`
    case removeBuffers = 104

    /// The ioctl with this number; nil for any other number, even if only the size or direction in it differ.
    package init?(command: UInt32) {
        self.init(rawValue: UInt8(truncatingIfNeeded: command))
        guard self.command == command else { return nil }
    }

    /// Bytes of the argument, as the number says.
    package var argumentSize: Int { Int(command >> 16 & 0x3fff) }

    /// The program hands in the argument: `_IOC_WRITE`.
    package var readsArgument: Bool { command & 0x4000_0000 != 0 }

    /// The argument goes back to the program: `_IOC_READ`.
    package var writesArgument: Bool { command & 0x8000_0000 != 0 }

    /// The whole number that programs use.
    package var command: UInt32 {
        switch self {
        case .queryCapability: VB2_VIDIOC_QUERYCAP
        case .enumerateFormats: VB2_VIDIOC_ENUM_FMT
        case .getFormat: VB2_VIDIOC_G_FMT
        case .setFormat: VB2_VIDIOC_S_FMT
        case .requestBuffers: VB2_VIDIOC_REQBUFS
        case .queryBuffer: VB2_VIDIOC_QUERYBUF
        case .queueBuffer: VB2_VIDIOC_QBUF
        case .exportBuffer: VB2_VIDIOC_EXPBUF
        case .dequeueBuffer: VB2_VIDIOC_DQBUF
        case .streamOn: VB2_VIDIOC_STREAMON
        case .streamOff: VB2_VIDIOC_STREAMOFF
        case .getParameters: VB2_VIDIOC_G_PARM
        case .setParameters: VB2_VIDIOC_S_PARM
        case .enumerateInputs: VB2_VIDIOC_ENUMINPUT
        case .getControl: VB2_VIDIOC_G_CTRL
        case .setControl: VB2_VIDIOC_S_CTRL
        case .queryControl: VB2_VIDIOC_QUERYCTRL
        case .queryMenu: VB2_VIDIOC_QUERYMENU
        case .getInput: VB2_VIDIOC_G_INPUT
        case .setInput: VB2_VIDIOC_S_INPUT
        case .getOutput: VB2_VIDIOC_G_OUTPUT
        case .setOutput: VB2_VIDIOC_S_OUTPUT
        case .enumerateOutputs: VB2_VIDIOC_ENUMOUTPUT
        case .cropCapability: VB2_VIDIOC_CROPCAP
        case .getCrop: VB2_VIDIOC_G_CROP
        case .setCrop: VB2_VIDIOC_S_CROP
        case .tryFormat: VB2_VIDIOC_TRY_FMT
        case .getPriority: VB2_VIDIOC_G_PRIORITY
        case .setPriority: VB2_VIDIOC_S_PRIORITY
        case .logStatus: VB2_VIDIOC_LOG_STATUS
        case .getExtendedControls: VB2_VIDIOC_G_EXT_CTRLS
        case .setExtendedControls: VB2_VIDIOC_S_EXT_CTRLS
        case .tryExtendedControls: VB2_VIDIOC_TRY_EXT_CTRLS
        case .enumerateFrameSizes: VB2_VIDIOC_ENUM_FRAMESIZES
        case .enumerateFrameIntervals: VB2_VIDIOC_ENUM_FRAMEINTERVALS
        case .dequeueEvent: VB2_VIDIOC_DQEVENT
        case .subscribeEvent: VB2_VIDIOC_SUBSCRIBE_EVENT
        case .unsubscribeEvent: VB2_VIDIOC_UNSUBSCRIBE_EVENT
        case .createBuffers: VB2_VIDIOC_CREATE_BUFS
        case .prepareBuffer: VB2_VIDIOC_PREPARE_BUF
        case .getSelection: VB2_VIDIOC_G_SELECTION
        case .setSelection: VB2_VIDIOC_S_SELECTION
        case .queryExtendedControl: VB2_VIDIOC_QUERY_EXT_CTRL
        case .removeBuffers: VB2_VIDIOC_REMOVE_BUFS
        }
    }
}

extension Ioctl {
    /// On a handle whose priority is below the device's highest, these give EBUSY (`INFO_FL_PRIO` in the
    /// kernel's `v4l2-ioctl.c`).
    package var needsPriority: Bool {
        switch self {
        case .setFormat, .requestBuffers, .createBuffers, .removeBuffers, .streamOn, .streamOff, .setParameters,
            .setInput, .setOutput, .setControl, .setExtendedControls, .setCrop, .setSelection, .setPriority:
            true
        default: false
        }
    }

    /// The queue answers these, not the device.
    package var isBufferIoctl: Bool {
        switch self {
        case .requestBuffers, .queryBuffer, .queueBuffer, .exportBuffer, .dequeueBuffer, .streamOn, .streamOff,
            .createBuffers, .prepareBuffer, .removeBuffers:
            true
        default: false
        }
    }
}
