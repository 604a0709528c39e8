public import BufferQueue
public import LinuxSystem
public import V4L2Types

/// A device that streams: what its host needs to drive it.
///
/// The host calls `service` when something was queued, when streaming starts, and at the time that the last
/// call asked for. The device takes buffers from its queue, fills or reads them, and completes them; it
/// never waits and owns no thread.
public protocol StreamingDevice: VideoDevice, QueueDriver {
    var queue: Queue { get }

    /// Whether read() or write() may drive the queue.
    var offersFileIO: Bool { get }

    /// The type of buffers that its queue takes.
    var bufferType: BufferType { get }

    /// Frames that were due while no buffer was queued, ever.
    var starvedCount: Int { get }

    /// Frames that were left out because the device was called too late for them, ever.
    var lateCount: Int { get }

    /// Where the device's own events go (EOS, FRAME_SYNC, SOURCE_CHANGE); set by its host.
    var onEvent: ((VideoEvent) -> Void)? { get set }

    /// Does what is due.
    /// - Parameter now: one time for all of the call.
    /// - Returns: when to call again.
    func service(at now: MonotonicTime) -> NextService
}

extension StreamingDevice {
    /// None, as for a device without a clock.
    public var lateCount: Int { 0 }

    /// A device without events of its own has nowhere to send them.
    public var onEvent: ((VideoEvent) -> Void)? {
        get { nil }
        set {}
    }
}

/// When a device wants to be called again.
public enum NextService: Sendable, Equatable {
    /// When streaming starts.
    case whenStarted
    /// When a buffer is queued.
    case whenQueued
    /// At this time; a buffer that is queued earlier does not matter.
    case at(MonotonicTime)
    /// As soon as the other devices had their turn.
    case soon
}
