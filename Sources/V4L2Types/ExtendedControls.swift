package import CVideoABI
package import SystemPackage

/// Which value, or which class, an extended control ioctl is about: `v4l2_ext_controls.which`.
public enum ControlSelector: Sendable, Hashable {
    /// `V4L2_CTRL_WHICH_CUR_VAL`
    case current
    /// `V4L2_CTRL_WHICH_DEF_VAL`
    case defaults
    /// `V4L2_CTRL_WHICH_REQUEST_VAL`
    case request
    /// The current values of controls of one class.
    case controlClass(ControlClass)

    package init(_ which: UInt32) {
        switch which & 0x0fff_0000 {
        case 0: self = .current
        case UInt32(V4L2_CTRL_WHICH_DEF_VAL): self = .defaults
        case UInt32(V4L2_CTRL_WHICH_REQUEST_VAL): self = .request
        case let rawClass: self = .controlClass(ControlClass(rawValue: rawClass))
        }
    }

    package var rawValue: UInt32 {
        switch self {
        case .current: 0
        case .defaults: UInt32(V4L2_CTRL_WHICH_DEF_VAL)
        case .request: UInt32(V4L2_CTRL_WHICH_REQUEST_VAL)
        case .controlClass(let controlClass): controlClass.rawValue
        }
    }
}

/// The controls of an extended control ioctl, in place: the bytes of `v4l2_ext_control[]`.
///
/// The bytes belong to the caller, and are valid as long as it says. Nothing in them is a pointer for us.
@safe package struct ExtendedControlList: ~Copyable {
    /// Bytes of one entry: `v4l2_ext_control` is packed.
    package static let entrySize = unsafe MemoryLayout<v4l2_ext_control>.size
    /// `V4L2_CID_MAX_CTRLS`: with more, an ioctl gives EINVAL.
    package static let maximumCount = Int(V4L2_CID_MAX_CTRLS)

    private let bytes: UnsafeMutableRawBufferPointer
    package let count: Int

    /// - Throws: EINVAL for more controls than any ioctl takes; EFAULT if the bytes are fewer than `count` needs.
    package init(bytes: UnsafeMutableRawBufferPointer, count: UInt32) throws(Errno) {
        guard count <= Self.maximumCount else { throw .invalidArgument }
        guard bytes.count >= Int(count) * Self.entrySize else { throw .badAddress }
        unsafe self.bytes = bytes
        self.count = Int(count)
    }

    /// One control's number and value. The value has 64 bits or 32, which its type says.
    package subscript(index: Int) -> v4l2_ext_control {
        get {
            precondition(index >= 0 && index < count)
            return unsafe bytes.loadUnaligned(
                fromByteOffset: index * Self.entrySize, as: v4l2_ext_control.self)
        }
        nonmutating set {
            precondition(index >= 0 && index < count)
            unsafe bytes.storeBytes(
                of: newValue, toByteOffset: index * Self.entrySize, as: v4l2_ext_control.self)
        }
    }
}

extension v4l2_ext_control {
    package func value(as type: ControlType) -> Int64 {
        unsafe type == .integer64 ? value64 : Int64(value)
    }

    package mutating func setValue(_ newValue: Int64, as type: ControlType) {
        if type == .integer64 {
            unsafe value64 = newValue
        } else {
            unsafe value = Int32(truncatingIfNeeded: newValue)
        }
    }
}
