import DequeModule
public import SystemPackage

extension QueueState {
    // MARK: The program's side

    /// Whether QBUF or PREPARE_BUF of `index` may go on.
    /// - Throws: EIO if the queue failed, EINVAL if there is no such buffer or it is not dequeued.
    public func checkSubmission(_ index: Int) throws(Errno) {
        try checkIndex(index)
        if phase == .failed { throw .ioError }
        guard slots[index].state == .dequeued else { throw .invalidArgument }
    }

    /// PREPARE_BUF: the buffer's memory is acquired and its payload checked.
    /// - Throws: as `checkSubmission`, and EINVAL if it is prepared already.
    public mutating func prepare(_ index: Int) throws(Errno) {
        try checkSubmission(index)
        if slots[index].isPrepared { throw .invalidArgument }
        slots[index].isPrepared = true
    }

    /// QBUF: the queue has the buffer now.
    /// - Returns: `.start` if this buffer was the last that the device waited for.
    public mutating func enqueue(_ index: Int) throws(Errno) -> Action {
        try checkSubmission(index)
        slots[index].state = .queued
        slots[index].isPrepared = true
        slots[index].ticket = nextTicket
        nextTicket += 1
        queued.append(index)
        everQueued = true
        return phase == .armed && queued.count >= minimumQueued ? .start : .none
    }

    /// The buffer that DQBUF would give, if any.
    /// - Throws: EINVAL if not streaming, EIO if the queue failed, EPIPE after the last buffer.
    public func checkDequeue() throws(Errno) -> Int? {
        switch phase {
        case .stopped: throw .invalidArgument
        case .failed: throw .ioError
        case .armed, .running:
            if lastWasDequeued { throw .brokenPipe }
            return done.first
        }
    }

    /// DQBUF: the program takes the oldest completed buffer, or nil if there is none yet.
    /// - Throws: as `checkDequeue`.
    public mutating func dequeue() throws(Errno) -> Int? {
        guard let index = try checkDequeue() else { return nil }
        done.removeFirst()
        slots[index].state = .dequeued
        slots[index].isPrepared = false
        if slots[index].isLast {
            slots[index].isLast = false
            lastWasDequeued = true
        }
        return index
    }

    // MARK: The device's side

    /// The device takes the oldest queued buffer; nil if there is none, or if it has no business to.
    public mutating func take() -> Int? {
        guard phase == .running, let index = queued.popFirst() else { return nil }
        slots[index].state = .active
        return index
    }

    /// The device gives a buffer back.
    /// - Parameter isLast: the stream ends with this buffer.
    /// - Returns: whether it had the buffer; if not, nothing happened (the kernel warns and ignores it).
    public mutating func complete(_ index: Int, _ completion: Completion, isLast: Bool = false) -> Bool {
        guard slots.indices.contains(index), slots[index].state == .active else { return false }
        switch completion {
        case .done: slots[index].state = .done
        case .failed: slots[index].state = .failed
        case .requeued:
            putBack(index)
            return true
        }
        slots[index].isLast = isLast
        done.append(index)
        return true
    }

    /// Back to the place in the queue that QBUF gave it: in whatever order the device gives buffers back,
    /// it is offered them again in the program's order.
    mutating func putBack(_ index: Int) {
        let ticket = slots[index].ticket
        let position = queued.firstIndex { slots[$0].ticket > ticket } ?? queued.endIndex
        slots[index].state = .queued
        queued.insert(index, at: position)
    }

    /// The device can't go on (vb2_queue_error). Has no effect on a stopped queue.
    public mutating func fail() {
        if isStreaming { phase = .failed }
    }
}
