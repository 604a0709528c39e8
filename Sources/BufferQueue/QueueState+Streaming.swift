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

    /// The device could not start. What it took goes back to where it was in the queue.
    /// - Parameter index: the buffer whose QBUF brought the start about: it goes back to the program, still
    ///   prepared, and the queue waits on. nil: STREAMON did, and the queue is stopped; all stay queued.
    public mutating func startFailed(queueing index: Int? = nil) {
        for taken in slots.indices where slots[taken].state == .active { putBack(taken) }
        guard let index else {
            phase = .stopped
            return
        }
        // If it failed for good while it started, it stays failed.
        if phase == .running { phase = .armed }
        if let position = queued.lastIndex(of: index) { queued.remove(at: position) }
        // A device must not complete a buffer and then not start; one that does gets no second owner.
        if let position = done.lastIndex(of: index) { done.remove(at: position) }
        slots[index].state = .dequeued
        slots[index].isLast = false
    }

    /// STREAMOFF: every buffer goes back to the program, unprepared. Allowed at any time.
    public mutating func streamOff() {
        for index in slots.indices where !slots[index].isVacant {
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
