public import SystemPackage

/// Who may change a device that several programs have open: `enum v4l2_priority`.
///
/// An ioctl that changes the device gives EBUSY on a handle whose priority is below the highest one.
public enum AccessPriority: UInt32, Sendable, Hashable, Comparable, CaseIterable {
    /// `V4L2_PRIORITY_BACKGROUND`
    case background = 1
    /// `V4L2_PRIORITY_INTERACTIVE`, which every handle starts with.
    case interactive = 2
    /// `V4L2_PRIORITY_RECORD`
    case record = 3

    /// - Throws: EINVAL for any other value, among them `V4L2_PRIORITY_UNSET`.
    public init(validating rawPriority: UInt32) throws(Errno) {
        guard let priority = AccessPriority(rawValue: rawPriority) else { throw .invalidArgument }
        self = priority
    }

    public static func < (left: AccessPriority, right: AccessPriority) -> Bool { left.rawValue < right.rawValue }
}
