import CVideoABI

/// Which of the two fast paths a program may take without a request.
package struct Gate: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let queue = Gate(rawValue: UInt32(VB2_GATE_QUEUE))
    package static let dequeue = Gate(rawValue: UInt32(VB2_GATE_DEQUEUE))
}

/// What the interposed poll needs to know of the queue.
package struct PageState: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let streaming = PageState(rawValue: UInt32(VB2_STATE_STREAMING))
    package static let failed = PageState(rawValue: UInt32(VB2_STATE_FAILED))
    package static let queued = PageState(rawValue: UInt32(VB2_STATE_QUEUED))
    package static let fileIO = PageState(rawValue: UInt32(VB2_STATE_FILE_IO))
    package static let buffers = PageState(rawValue: UInt32(VB2_STATE_BUFFERS))
    package static let last = PageState(rawValue: UInt32(VB2_STATE_LAST))
}

/// The program's half of a buffer's state.
package enum SlotState: UInt32, Sendable {
    case none = 0
    case dequeued = 1
    case prepared = 2
    case queued = 3
    case done = 4
}
