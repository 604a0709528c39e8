package import CVideoABI
package import SystemPackage

/// What a program wants to be told: `struct v4l2_event_subscription`.
public struct EventSubscription: Sendable, Hashable {
    /// `V4L2_EVENT_SUB_FL_*`
    public struct Flags: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `V4L2_EVENT_SUB_FL_SEND_INITIAL`: one event with the present state at once.
        public static let sendInitial = Flags(rawValue: VB2_V4L2_EVENT_SUB_FL_SEND_INITIAL)
        /// `V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK`: also what the same handle changed.
        public static let allowFeedback = Flags(rawValue: VB2_V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK)
    }

    public var kind: EventKind
    /// Which control, input or frame source.
    public var id: UInt32
    public var flags: Flags

    public init(kind: EventKind, id: UInt32 = 0, flags: Flags = []) {
        self.kind = kind
        self.id = id
        self.flags = flags
    }

    /// - Throws: EINVAL for a kind of event that isn't one of ours, `V4L2_EVENT_ALL` among them.
    package init(_ c: v4l2_event_subscription) throws(Errno) {
        guard let kind = EventKind(rawValue: c.type) else { throw .invalidArgument }
        self.init(kind: kind, id: c.id, flags: Flags(rawValue: c.flags))
    }

    package func encode(into c: inout v4l2_event_subscription) {
        c = v4l2_event_subscription()
        c.type = kind.rawValue
        c.id = id
        c.flags = flags.rawValue
    }
}
