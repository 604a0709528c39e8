public import SystemPackage

extension Queue {
    /// STREAMON. The device starts at once, or when enough buffers are queued.
    /// - Throws: EINVAL (no or too few buffers), or what the device's start throws.
    public func streamOn() throws(Errno) {
        switch try state.streamOn() {
        case .none: break
        case .start: try start(queueing: nil)
        }
    }

    /// STREAMOFF: stops the device and gives every buffer back. Never fails.
    public func streamOff() {
        returnAll()
        observer?.buffersReturned(in: self)
    }

    /// Starts the device. If it can't, the state is as the kernel leaves it: see `QueueState.startFailed`.
    func start(queueing index: Int?) throws(Errno) {
        state.startSucceeded()
        do throws(Errno) {
            try driver?.startStreaming(self)
            counters.started += 1
        } catch {
            // What the device took and kept is taken from it.
            for index in state.slots.indices where state.slots[index].state == .active {
                counters.completed += 1
                endUse(index, isFilled: false)
            }
            state.startFailed(queueing: index)
            throw error
        }
    }

    /// Stops the device if it runs, and takes every buffer back.
    func returnAll() {
        if counters.started > counters.stopped {
            driver?.stopStreaming(self)
            counters.stopped += 1
        }
        for (index, slot) in state.slots.enumerated() {
            if slot.state == .active {
                counters.completed += 1
                endUse(index, isFilled: false)
            }
            if slot.isPrepared { counters.finished += 1 }
            // Nobody was told of a frame that was never dequeued.
            if slot.state == .done || slot.state == .failed { voidContent(index) }
        }
        state.streamOff()
    }
}
