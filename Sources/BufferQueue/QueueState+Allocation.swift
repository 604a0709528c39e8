import DequeModule
public import SystemPackage

extension QueueState {
    /// Where new buffers go: the first run of free indices that has room for `count`; if there is none below
    /// `maximum`, for as many as there is. Source: __vb2_queue_alloc.
    /// - Returns: nil if no index is free.
    public func freeRange(for count: Int, maximum: Int) -> Range<Int>? {
        var wanted = min(count, maximum)
        while wanted > 0 {
            var first = 0
            for index in 0..<maximum {
                if slots.indices.contains(index), !slots[index].isVacant {
                    first = index + 1
                } else if index - first + 1 == wanted {
                    return first..<(first + wanted)
                }
            }
            wanted -= 1
        }
        return nil
    }

    /// Adds dequeued buffers at indices that are free. The caller has their memory.
    public mutating func addBuffers(_ range: Range<Int>) {
        while slots.count < range.upperBound { slots.append(Slot(isVacant: true)) }
        for index in range { slots[index] = Slot() }
        // Room for all now, so that no frame allocates.
        queued.reserveCapacity(slots.count)
        done.reserveCapacity(slots.count)
    }

    /// REMOVE_BUFS: all of them or none, at any time.
    /// - Throws: EINVAL (more than there are, or one is not there), EBUSY (one is not with the program).
    /// Source: vb2_core_remove_bufs.
    public mutating func removeBuffers(_ first: Int, count: Int) throws(Errno) {
        guard first >= 0, count >= 0, count <= bufferCount else { throw .invalidArgument }
        for index in first..<(first + count) {
            try checkIndex(index)
            if slots[index].state != .dequeued { throw .resourceBusy }
        }
        for index in first..<(first + count) { slots[index] = Slot(isVacant: true) }
        while slots.last?.isVacant == true { slots.removeLast() }
    }

    /// Forgets all buffers (REQBUFS, or the owner closed). The queue must be stopped.
    public mutating func removeAllBuffers() {
        slots.removeAll()
        queued.removeAll(keepingCapacity: true)
        done.removeAll(keepingCapacity: true)
        everQueued = false
    }
}
