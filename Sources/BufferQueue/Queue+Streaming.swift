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
            for slot in state.slots where slot.state == .active { counters.completed += 1 }
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
        for slot in state.slots {
            if slot.state == .active { counters.completed += 1 }
            if slot.isPrepared { counters.finished += 1 }
        }
        state.streamOff()
    }
}
