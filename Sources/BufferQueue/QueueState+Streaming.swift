import DequeModule
public import SystemPackage

extension QueueState {
    /// STREAMON.
    /// - Returns: `.start` if the device can start at once.
    /// - Throws: EINVAL if there are no buffers, or fewer than the device must have queued.
    public mutating func streamOn() throws(Errno) -> Action {
        if isStreaming { return .none }
        guard bufferCount > 0, bufferCount >= minimumQueued else { throw .invalidArgument }
        phase = .armed
        return queued.count >= minimumQueued ? .start : .none
    }

    /// The device has started.
    public mutating func startSucceeded() {
        if phase == .armed { phase = .running }
    }

    /// The device could not start. What it took goes back to the head of the queue.
    /// - Parameter index: the buffer whose QBUF brought the start about: it goes back to the program, and
    ///   the queue waits on. nil: STREAMON did, and the queue is stopped; all buffers stay queued.
    public mutating func startFailed(queueing index: Int? = nil) {
        for taken in slots.indices.reversed() where slots[taken].state == .active {
            slots[taken].state = .queued
            queued.prepend(taken)
        }
        guard let index else {
            phase = .stopped
            return
        }
        phase = .armed
        if let position = queued.lastIndex(of: index) { queued.remove(at: position) }
        slots[index].state = .dequeued
        slots[index].isPrepared = false
    }

    /// STREAMOFF: every buffer goes back to the program, unprepared. Allowed at any time.
    public mutating func streamOff() {
        for index in slots.indices {
            slots[index].state = .dequeued
            slots[index].isPrepared = false
            slots[index].isLast = false
        }
        queued.removeAll(keepingCapacity: true)
        done.removeAll(keepingCapacity: true)
        phase = .stopped
        lastWasDequeued = false
        everQueued = false
    }
}
