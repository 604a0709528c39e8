public import V4L2Types

/// All open handles of a device: its highest priority, and events for all.
public final class HandleTable {
    private let now: () -> Int64
    private var handles: [OpenHandle] = []
    private var lastID: UInt64 = 0

    /// - Parameter now: CLOCK_MONOTONIC in nanoseconds, the time of events.
    public init(now: @escaping () -> Int64) {
        self.now = now
    }

    public var count: Int { handles.count }

    /// Makes the handle of a new open(2).
    public func open(isReadable: Bool, isWritable: Bool) -> OpenHandle {
        lastID += 1
        let handle = OpenHandle(id: lastID, isReadable: isReadable, isWritable: isWritable)
        handles.append(handle)
        return handle
    }

    /// The last descriptor of the handle is closed: its priority counts no more, and its events are gone.
    /// Nothing happens if it isn't a handle of this table.
    public func close(_ handle: OpenHandle) {
        handles.removeAll { $0 === handle }
        handle.onEventsChanged = nil
        handle.withEvents { $0.unsubscribeFromAll() }
    }

    /// The highest priority of any handle; nil if none is open.
    public var highestPriority: AccessPriority? {
        handles.lazy.map(\.priority).max()
    }

    /// Sends an event to every handle that subscribed to it.
    ///
    /// The originator, whose ioctl made the change, only gets it if it asked for feedback.
    public func broadcast(_ event: VideoEvent, from originator: OpenHandle? = nil) {
        for handle in handles {
            guard let subscription = handle.subscription(to: event.kind, id: event.id),
                handle !== originator || subscription.flags.contains(.allowFeedback)
            else { continue }
            send(event, to: handle)
        }
    }

    /// Sends an event to one handle, if that subscribed to it.
    func send(_ event: VideoEvent, to handle: OpenHandle) {
        let time = now()
        handle.withEvents { _ = $0.append(event, nanoseconds: time) }
    }
}
