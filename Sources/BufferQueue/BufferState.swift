/// Who has a buffer (`enum vb2_buffer_state`).
///
///     dequeued ──enqueue──▶ queued ──take──▶ active ──complete──▶ done │ failed
///        ▲                    ▲                │ requeue                  │
///        │                    └────────────────┘                          │
///        └───────────────────────────── dequeue ──────────────────────────┘
///
/// STREAMOFF takes a buffer from anywhere back to `dequeued`.
public enum BufferState: UInt8, Sendable, CaseIterable {
    /// The program has it.
    case dequeued
    /// The queue has it, for the device to take.
    case queued
    /// The device has it.
    case active
    /// The device has completed it; the program may take it.
    case done
    /// As `done`, but the payload is not to be trusted (V4L2_BUF_FLAG_ERROR).
    case failed
}

/// How a device gives a buffer back.
public enum Completion: UInt8, Sendable, CaseIterable {
    case done
    case failed
    /// Not used: it goes back to where it was in the queue, as when streaming could not start.
    case requeued
}
