public import V4L2Types

/// One open(2) of a device: the counterpart of the kernel's `v4l2_fh`. Duplicates of the descriptor share it.
///
/// Handles are made and closed by the device's `HandleTable`, and are used like the device, one call at a time.
public final class OpenHandle {
    /// No other handle of this device has it, past ones included.
    public let id: UInt64
    /// Opened for reading.
    public let isReadable: Bool
    /// Opened for writing.
    public let isWritable: Bool
    /// What VIDIOC_S_PRIORITY set.
    public internal(set) var priority = AccessPriority.interactive

    /// Called with the new count when the number of waiting events changes: POLLPRI while it isn't 0.
    package var onEventsChanged: ((Int) -> Void)?
    private var events = EventQueue()

    init(id: UInt64, isReadable: Bool, isWritable: Bool) {
        self.id = id
        self.isReadable = isReadable
        self.isWritable = isWritable
    }

    /// How many events wait for VIDIOC_DQEVENT.
    package var pendingEventCount: Int { events.count }

    func subscription(to kind: EventKind, id: UInt32) -> EventSubscription? {
        events.subscription(to: kind, id: id)
    }

    /// Runs a change on the events, and tells if their number became another.
    func withEvents<Result, Failure: Error>(
        _ body: (inout EventQueue) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let before = events.count
        defer { if events.count != before { onEventsChanged?(events.count) } }
        return try body(&events)
    }
}
