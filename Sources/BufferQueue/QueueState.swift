import DequeModule
public import SystemPackage

/// The queue's state machine: which buffer is where, and what may happen next.
///
/// It decides and does nothing else: no memory, no descriptors, no locks, no V4L2 structs. Each input is
/// one method; a forbidden input throws the errno that the kernel gives and changes nothing.
///
///              streamOn, enough queued           fail
///     stopped ─────────────────────────▶ running ────▶ failed
///        │ ▲ ▲                              ▲ │           │
///        │ │ └───────── streamOff ──────────┼─┴───────────┘
///        │ │ streamOff                      │ enqueue reaches `minimumQueued`
///        │ └──────────── armed ─────────────┘
///        └────────────────▲  streamOn, too few queued
///
/// Counterpart: the state in `struct vb2_queue` and `struct vb2_buffer` (videobuf2-core.c), where it is
/// spread over `streaming`, `start_streaming_called`, `error`, `last_buffer_dequeued` and the lists.
public struct QueueState: Sendable, Equatable {
    /// How far streaming has come.
    public enum Phase: UInt8, Sendable, CaseIterable {
        /// STREAMOFF, or never on.
        case stopped
        /// STREAMON was called, but the device waits for more queued buffers.
        case armed
        /// The device takes buffers.
        case running
        /// The device has given up until STREAMOFF.
        case failed
    }

    /// What the shell must do after an input was accepted.
    public enum Action: Sendable, Equatable {
        case none
        /// Start the device; then call `startSucceeded` or `startFailed`.
        case start
    }

    /// One buffer's part of the state.
    public struct Slot: Sendable, Equatable {
        public internal(set) var state: BufferState = .dequeued
        /// The memory is acquired and the payload checked; QBUF does neither again.
        public internal(set) var isPrepared = false
        /// The stream ends with this buffer.
        var isLast = false
        /// There is no buffer of this index: REMOVE_BUFS left a hole.
        public internal(set) var isVacant = false
        /// Rises with each QBUF: the place to go back to when the device does not use the buffer.
        var ticket: UInt64 = 0
    }

    public internal(set) var phase: Phase = .stopped
    public internal(set) var slots: [Slot] = []
    /// Indices in the order in which the program queued them.
    var queued: Deque<Int> = []
    /// Indices in the order in which the device completed them.
    var done: Deque<Int> = []
    /// Of the next QBUF.
    var nextTicket: UInt64 = 0
    /// A buffer with the LAST flag was taken: DQBUF gives EPIPE until STREAMOFF.
    public internal(set) var lastWasDequeued = false
    /// Something was queued since the buffers were made or STREAMOFF (A75 in poll).
    public internal(set) var everQueued = false
    /// Buffers that must be queued before the device can start.
    public let minimumQueued: Int

    public init(minimumQueued: Int) {
        self.minimumQueued = minimumQueued
    }

    /// STREAMON was accepted and STREAMOFF was not called since.
    public var isStreaming: Bool { phase != .stopped }
    public var queuedCount: Int { queued.count }
    public var doneCount: Int { done.count }
    /// Buffers that exist.
    public var bufferCount: Int { slots.count { !$0.isVacant } }

    /// EINVAL: there is no buffer `index`.
    public func checkIndex(_ index: Int) throws(Errno) {
        guard slots.indices.contains(index), !slots[index].isVacant else { throw .invalidArgument }
    }
}
