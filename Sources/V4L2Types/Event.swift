package import CVideoABI
package import SystemPackage

/// Something that happened to a device: `struct v4l2_event`.
public struct VideoEvent: Sendable, Hashable {
    /// What happened, with its particulars.
    public enum Content: Sendable, Hashable {
        /// `V4L2_EVENT_EOS`
        case endOfStream
        /// `V4L2_EVENT_CTRL`: a control's value, flags or range changed.
        case control(ControlChange)
        /// `V4L2_EVENT_FRAME_SYNC`: a frame begins.
        case frameSync(sequence: UInt32)
        /// `V4L2_EVENT_SOURCE_CHANGE`: the incoming picture has another size.
        case sourceChange(SourceChanges)
    }

    /// `V4L2_EVENT_SRC_CH_*`
    public struct SourceChanges: OptionSet, Sendable, Hashable {
        public var rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// `V4L2_EVENT_SRC_CH_RESOLUTION`
        public static let resolution = SourceChanges(rawValue: 1)
    }

    public var content: Content
    /// Which control, input or frame source it is about.
    public var id: UInt32

    public init(_ content: Content, id: UInt32 = 0) {
        self.content = content
        self.id = id
    }

    public var kind: EventKind {
        switch content {
        case .endOfStream: .endOfStream
        case .control: .control
        case .frameSync: .frameSync
        case .sourceChange: .sourceChange
        }
    }

    /// - Throws: EINVAL for an event that isn't one of ours.
    package init(_ c: v4l2_event) throws(Errno) {
        guard let kind = EventKind(rawValue: c.type) else { throw .invalidArgument }
        switch kind {
        case .endOfStream: self.init(.endOfStream, id: c.id)
        case .control: unsafe self.init(.control(ControlChange(c.u.ctrl)), id: c.id)
        case .frameSync: self.init(.frameSync(sequence: unsafe c.u.frame_sync.frame_sequence), id: c.id)
        case .sourceChange:
            self.init(.sourceChange(SourceChanges(rawValue: unsafe c.u.src_change.changes)), id: c.id)
        }
    }

    /// Writes the whole struct, with the numbers of the handle's queue that it comes from. The time is in
    /// nanoseconds of CLOCK_MONOTONIC.
    package func encode(into c: inout v4l2_event, pending: UInt32, sequence: UInt32, nanoseconds: Int64) {
        c = v4l2_event()
        c.type = kind.rawValue
        c.id = id
        c.pending = pending
        c.sequence = sequence
        c.timestamp.tv_sec = Int(nanoseconds / 1_000_000_000)
        c.timestamp.tv_nsec = Int(nanoseconds % 1_000_000_000)
        switch content {
        case .endOfStream: break
        case .control(let change): unsafe c.u.ctrl = change.encoded
        case .frameSync(let frame): unsafe c.u.frame_sync.frame_sequence = frame
        case .sourceChange(let changes): unsafe c.u.src_change.changes = changes.rawValue
        }
    }
}

/// `V4L2_EVENT_*`: the kinds of event that a program can subscribe to.
public enum EventKind: UInt32, Sendable, Hashable, CaseIterable {
    case endOfStream = 2
    case control = 3
    case frameSync = 4
    case sourceChange = 5
}
