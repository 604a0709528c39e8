import BufferQueue
import LinuxSystem

/// What vb2 is, said a second time and in another way: the kernel's own flags, one list of what the program
/// has queued, and one of what the device has completed. The exhaustive test compares the two.
struct QueueModel: Hashable {
    struct Buffer: Hashable {
        var state = BufferState.dequeued
        var isPrepared = false
        var isLast = false
        /// REMOVE_BUFS can leave a hole.
        var isThere = true
    }

    /// A start that was asked for and has not ended.
    struct Start: Hashable {
        /// The buffer whose QBUF asked for it; nil: STREAMON did.
        var trigger: Int?
        /// The device runs its start method now.
        var isUnderWay = false
    }

    var minimumQueued: Int
    var buffers: [Buffer] = []
    /// Queued or with the device, in the order of QBUF: what a device gives back unused keeps its place.
    var submitted: [Int] = []
    /// In the order of completion.
    var completed: [Int] = []
    var streaming = false
    var startCalled = false
    var error = false
    var lastBufferDequeued = false
    var waitingForBuffers = true
    var start: Start?

    func indices(_ state: BufferState) -> [Int] { buffers.indices.filter { buffers[$0].state == state } }
    /// The buffers that exist.
    var present: [Int] { buffers.indices.filter { buffers[$0].isThere } }
    var queued: [Int] { submitted.filter { buffers[$0].state == .queued } }

    // MARK: Errnos

    /// A refusal: it is `errno` that the program gets, if `applies`.
    struct Rule: Sendable {
        var row: String
        var errno: Errno
        var applies: @Sendable (QueueModel, Int) -> Bool
    }

    /// In the order of A.4 (index 4, failed 12, state 13).
    static let enqueueRules = [
        Rule(row: "A.4 check 4", errno: .invalidArgument) { !$0.present.contains($1) },
        Rule(row: "A.4 check 12, A65", errno: .ioError) { model, _ in model.error },
        Rule(row: "A.4 check 13", errno: .invalidArgument) { $0.buffers[$1].state != .dequeued },
    ]
    static let prepareRules =
        enqueueRules + [Rule(row: "A.4 check 13", errno: .invalidArgument) { $0.buffers[$1].isPrepared }]
    /// A63; "nothing done yet" is EAGAIN or sleep above, and no error here.
    static let dequeueRules = [
        Rule(row: "A63 not streaming", errno: .invalidArgument) { model, _ in !model.streaming },
        Rule(row: "A63 failed", errno: .ioError) { model, _ in model.error },
        Rule(row: "A63 last, A64", errno: .brokenPipe) { model, _ in model.lastBufferDequeued },
    ]
    static let streamOnRules = [
        Rule(row: "A61 no buffers", errno: .invalidArgument) { model, _ in !model.streaming && model.present.isEmpty },
        Rule(row: "A61 too few", errno: .invalidArgument) { model, _ in
            !model.streaming && model.present.count < model.minimumQueued
        },
    ]

    /// A38 for buffers `first` and on; the rule that the first offending buffer breaks.
    func removalRefusal(_ first: Int, _ count: Int) -> Errno? {
        if count > present.count || first < 0 { return .invalidArgument }
        for index in first..<(first + count) {
            if !present.contains(index) { return .invalidArgument }
            if buffers[index].state != .dequeued { return .resourceBusy }
        }
        return nil
    }

    /// A37: the holes are filled first-fit, by fewer than asked if there is no room.
    func place(for count: Int, maximum: Int) -> Range<Int>? {
        for wanted in stride(from: count, to: 0, by: -1) {
            for first in 0...max(0, maximum - wanted) where first + wanted <= maximum {
                if Set(first..<(first + wanted)).isDisjoint(with: present) { return first..<(first + wanted) }
            }
        }
        return nil
    }

    func refusal(_ rules: [Rule], _ index: Int = 0) -> Errno? {
        rules.first { $0.applies(self, index) }?.errno
    }

    // MARK: Transitions, for inputs that are not refused

    mutating func enqueue(_ index: Int) {
        buffers[index].state = .queued
        buffers[index].isPrepared = true
        submitted.append(index)
        waitingForBuffers = false
        if streaming, !startCalled, queued.count >= minimumQueued { start = Start(trigger: index) }
    }

    mutating func dequeue() -> Int? {
        guard !completed.isEmpty else { return nil }
        let index = completed.removeFirst()
        if buffers[index].isLast { lastBufferDequeued = true }
        buffers[index] = Buffer()
        return index
    }

    mutating func streamOn() {
        if streaming { return }
        streaming = true
        if queued.count >= minimumQueued { start = Start(trigger: nil) }
    }

    mutating func add(_ range: Range<Int>) {
        while buffers.count < range.upperBound { buffers.append(Buffer(isThere: false)) }
        for index in range { buffers[index] = Buffer() }
    }

    mutating func remove(_ range: Range<Int>) {
        for index in range { buffers[index] = Buffer(isThere: false) }
        while let last = buffers.last, !last.isThere { buffers.removeLast() }
    }

    /// A40: the device's start method runs; it has what is queued.
    mutating func startBegins() {
        start?.isUnderWay = true
        if !error { startCalled = true }
    }

    mutating func startEnds() { start = nil }

    /// A61 and A.4 check 17.
    mutating func startFails() {
        for index in indices(.active) { buffers[index].state = .queued }
        startCalled = false
        if let index = start?.trigger {
            submitted.removeAll { $0 == index }
            completed.removeAll { $0 == index }
            // Not unprepared: QUERYBUF shows PREPARED after such a QBUF.
            buffers[index] = Buffer(isPrepared: true)
        } else {
            streaming = false
            error = false
        }
        start = nil
    }

    mutating func take() -> Int? {
        guard streaming, startCalled, !error, let index = queued.first else { return nil }
        buffers[index].state = .active
        return index
    }

    /// A66.
    mutating func complete(_ index: Int, _ completion: Completion, isLast: Bool) -> Bool {
        guard buffers.indices.contains(index), buffers[index].state == .active else { return false }
        switch completion {
        case .requeued:
            buffers[index].state = .queued
            return true
        case .done: buffers[index].state = .done
        case .failed: buffers[index].state = .failed
        }
        buffers[index].isLast = isLast
        submitted.removeAll { $0 == index }
        completed.append(index)
        return true
    }

    mutating func fail() {
        if streaming { error = true }
    }

    /// A62.
    mutating func streamOff() {
        self = QueueModel(minimumQueued: minimumQueued, buffers: buffers.map { Buffer(isThere: $0.isThere) })
    }
}
