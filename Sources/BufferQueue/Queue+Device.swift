public import BufferSharing

/// The device's side: what a driver calls while it streams.
extension Queue {
    /// Takes the oldest queued buffer; nil if the queue has run dry. The device has it until `complete`, and its memory
    /// stays where it is.
    ///
    /// A buffer whose memory can't be had is completed as failed, and the next one taken.
    public func take() -> Int? {
        while let index = state.take() {
            counters.taken += 1
            if beginUse(index) { return index }
            complete(index, .failed, bytesUsed: PlaneSizes([])) { _ in }
        }
        return nil
    }

    /// The device's mapping of a plane; nil unless the device has the buffer.
    public func mapping(ofPlane plane: Int, ofBuffer index: Int) -> BufferMapping? {
        guard buffers.indices.contains(index), buffers[index].memory.indices.contains(plane) else { return nil }
        return buffers[index].memory[plane].mapping
    }

    /// Gives a buffer back with its payload. Ignored if the device does not have it.
    /// - Parameters:
    ///   - stamp: sets sequence, timestamp, field, flags. Not called for a buffer that is requeued.
    ///   - bytesUsed: payload of each plane in bytes; ignored for output.
    public func complete(
        _ index: Int, _ completion: Completion, bytesUsed: PlaneSizes, isLast: Bool = false,
        stamp: (inout BufferPayload) -> Void
    ) {
        // Only a capture queue ends with a buffer (vb2_dqbuf).
        let isLast = isLast && configuration.direction == .capture
        guard state.complete(index, completion, isLast: isLast) else { return }
        counters.completed += 1
        // From here on the program is owed what the device has filled in.
        endUse(index, isFilled: completion != .requeued)
        if completion == .requeued { return }
        stamp(&buffers[index].payload)
        if configuration.direction == .capture {
            for plane in 0..<buffers[index].planeCount {
                buffers[index].planes[plane].bytesUsed = UInt32(clamping: bytesUsed[plane])
            }
        }
        observer?.bufferDone(index, in: self)
    }

    /// The order of the fields as the device takes them, for output buffers that say another; in `prepare`.
    public func setField(_ field: UInt32, ofBuffer index: Int) {
        if buffers.indices.contains(index) { buffers[index].payload.field = field }
    }

    /// The device can't go on: QBUF and DQBUF give EIO until STREAMOFF (vb2_queue_error).
    public func fail() {
        guard state.isStreaming else { return }
        state.fail()
        observer?.queueFailed(self)
    }

    /// The number by which the program knows a DMABUF plane now; only a label that goes back to it.
    public func setUserReference(_ reference: UInt64, plane: Int, buffer index: Int) {
        guard buffers.indices.contains(index), plane >= 0, plane < buffers[index].planeCount else { return }
        buffers[index].planes[plane].userReference = reference
    }
}
