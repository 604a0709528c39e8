package import SystemPackage
package import V4L2Types

/// The events that one open file subscribed to and hasn't fetched: the counterpart of `v4l2_fh`'s lists
/// in the kernel's `v4l2-event.c`.
///
/// Each subscription has room for a fixed number of events. When it is full its oldest event is merged into
/// the next one, so that no change is forgotten, and memory stays bounded whatever happens.
package struct EventQueue {
    /// An event as VIDIOC_DQEVENT gives it.
    package struct Entry: Equatable {
        package var event: VideoEvent
        package var sequence: UInt32
        /// CLOCK_MONOTONIC, nanoseconds.
        package var nanoseconds: Int64
    }

    /// More give ENOMEM. A program needs one per control and a few.
    package static let maximumSubscriptions = 512

    private var subscriptions: [EventSubscription] = []
    private var entries: [Entry] = []
    private var nextSequence: UInt32 = 0

    package init() {}

    /// How many events wait.
    package var count: Int { entries.count }

    package func subscription(to kind: EventKind, id: UInt32) -> EventSubscription? {
        subscriptions.first { $0.kind == kind && $0.id == id }
    }

    /// Returns false, and changes nothing, if there is such a subscription already.
    /// - Throws: ENOMEM for too many.
    package mutating func subscribe(_ subscription: EventSubscription) throws(Errno) -> Bool {
        guard self.subscription(to: subscription.kind, id: subscription.id) == nil else { return false }
        guard subscriptions.count < Self.maximumSubscriptions else { throw .noMemory }
        subscriptions.append(subscription)
        return true
    }

    /// Forgets the subscription and its waiting events. Nothing happens if there is none.
    package mutating func unsubscribe(from kind: EventKind, id: UInt32) {
        subscriptions.removeAll { $0.kind == kind && $0.id == id }
        entries.removeAll { $0.event.kind == kind && $0.event.id == id }
    }

    package mutating func unsubscribeFromAll() {
        subscriptions.removeAll()
        entries.removeAll()
    }

    /// Adds an event if the file subscribed to it. Returns whether it did.
    package mutating func append(_ event: VideoEvent, nanoseconds: Int64) -> Bool {
        guard subscription(to: event.kind, id: event.id) != nil else { return false }
        var event = event
        let sequence = nextSequence
        nextSequence &+= 1
        if let oldest = indexOfOldestIfFull(like: event) {
            let lost = entries.remove(at: oldest).event
            if let next = entries.firstIndex(where: { $0.event.isSameSubject(as: event) }) {
                entries[next].event.merge(older: lost)
            } else {
                event.merge(older: lost)
            }
        }
        entries.append(Entry(event: event, sequence: sequence, nanoseconds: nanoseconds))
        return true
    }

    /// The oldest event; nil if none waits.
    package mutating func popFirst() -> Entry? {
        entries.isEmpty ? nil : entries.removeFirst()
    }

    private func indexOfOldestIfFull(like event: VideoEvent) -> Int? {
        var oldest: Int?
        var count = 0
        for (index, entry) in entries.enumerated() where entry.event.isSameSubject(as: event) {
            if oldest == nil { oldest = index }
            count += 1
        }
        return count >= event.kind.room ? oldest : nil
    }
}

extension EventKind {
    /// How many events a subscription holds.
    fileprivate var room: Int {
        switch self {
        case .control, .sourceChange, .endOfStream: 1
        case .frameSync: 4
        }
    }
}

extension VideoEvent {
    fileprivate func isSameSubject(as other: VideoEvent) -> Bool { kind == other.kind && id == other.id }

    /// Takes in what an older event of the same subject said changed; everything else is the newer one's.
    fileprivate mutating func merge(older: VideoEvent) {
        switch (content, older.content) {
        case (.control(var change), .control(let earlier)):
            change.changes.formUnion(earlier.changes)
            content = .control(change)
        case (.sourceChange(let changes), .sourceChange(let earlier)):
            content = .sourceChange(changes.union(earlier))
        default: break
        }
    }
}
