import CVideoABI
import SystemPackage
import V4L2Types

extension IoctlDispatcher {
    /// VIDIOC_SUBSCRIBE_EVENT, UNSUBSCRIBE_EVENT
    func performSubscription(
        _ ioctl: Ioctl, _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) {
        let c = try request.load(v4l2_event_subscription.self)
        guard ioctl == .subscribeEvent else { return unsubscribe(c, handle) }
        let subscription = try EventSubscription(c)
        var initial: VideoEvent?
        if subscription.kind == .control {
            guard let controls = device.controls else { throw .invalidArgument }
            initial = try controls.initialEvent(of: ControlID(rawValue: subscription.id))
        } else {
            guard device.supportsEvent(subscription.kind, id: subscription.id) else { throw .invalidArgument }
        }
        let isNew = try handle.withEvents { events throws(Errno) in try events.subscribe(subscription) }
        if isNew, subscription.flags.contains(.sendInitial), let initial { handles.send(initial, to: handle) }
    }

    /// What isn't subscribed to can be unsubscribed from, as in the kernel.
    private func unsubscribe(_ c: v4l2_event_subscription, _ handle: OpenHandle) {
        if c.type == UInt32(V4L2_EVENT_ALL) {
            handle.withEvents { $0.unsubscribeFromAll() }
        } else if let kind = EventKind(rawValue: c.type) {
            handle.withEvents { $0.unsubscribe(from: kind, id: c.id) }
        }
    }

    /// VIDIOC_DQEVENT: ENOENT on a non-blocking file without events.
    func dequeueEvent(
        _ request: borrowing IoctlRequest, _ handle: OpenHandle
    ) throws(Errno) -> IoctlReply {
        guard let entry = handle.withEvents({ $0.popFirst() }) else {
            guard request.isNonBlocking else { return .wouldBlock }
            throw .noSuchFileOrDirectory
        }
        var c = v4l2_event()
        entry.event.encode(
            into: &c, pending: UInt32(truncatingIfNeeded: handle.pendingEventCount), sequence: entry.sequence,
            nanoseconds: entry.nanoseconds)
        request.store(c)
        return .success
    }
}
