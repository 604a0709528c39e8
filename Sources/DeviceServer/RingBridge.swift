import BufferQueue
import DeviceProtocol
import LinuxSystem
import V4L2Types
import VideoDevice

/// Between the device's queue and the owner's shared page.
///
/// The queue has the truth. What comes out of the page is checked against it; what the queue does is told
/// to the page. All positions here are private: the program can't move them.
final class RingBridge: QueueObserver {
    /// The page says what cannot be; its session must end.
    enum Fault: Error {
        case queuedRingOverrun
        case doneCountRose
    }

    let page: HandlePage
    private let queue: Queue
    private let ioctls: QueueIoctls
    /// Sends one byte to the program's socket.
    private let send: (UInt8) -> Void

    /// Entries of the queued ring taken so far, modulo 2^32.
    private(set) var queuedHead: UInt32 = 0
    private var epoch: UInt32 = 0
    /// Of this epoch: entries put into the done ring, and how many of them the queue knows as dequeued.
    private var published: UInt32 = 0
    private var taken: UInt32 = 0
    /// Output: makes the program's socket writable, in place of the doorbell.
    var onFirstOutput: (() -> Void)?
    /// Buffers that could be dequeued when they were all taken back last.
    private(set) var untaken: UInt32 = 0
    /// All buffers went back: sleepers are to look as soon as the page says so.
    private var mustWake = false
    private var toldPressure: UInt32 = 0
    private var seenYields: UInt32 = 0
    /// For the report.
    private(set) var totalPublished = 0
    private(set) var totalTaken = 0
    private(set) var totalDoorbells = 0

    init(page: HandlePage, ioctls: QueueIoctls, send: @escaping (UInt8) -> Void) {
        self.page = page
        self.ioctls = ioctls
        self.queue = ioctls.queue
        self.send = send
    }

    // MARK: From the program

    /// Whether the queued ring has entries that were not taken.
    var hasQueuedEntries: Bool { page.queuedTail != queuedHead }

    /// Brings the queue up to date: what the program dequeued, then what it queued.
    func drain() throws(Fault) {
        // In this order: a buffer that is queued again was dequeued before.
        let tail = page.queuedTail
        try takeDequeued()
        guard tail &- queuedHead <= UInt32(page.layout.ringCapacity) else { throw .queuedRingOverrun }
        while queuedHead != tail {
            let entry = page.queuedEntry(at: queuedHead)
            queuedHead &+= 1
            enqueue(Int(entry.index), isCurrent: entry.epoch == epoch)
        }
    }

    private func takeDequeued() throws(Fault) {
        let left = page.doneCount
        guard left <= published &- taken else { throw .doneCountRose }
        while published &- taken > left {
            taken &+= 1
            totalTaken += 1
            // Throws only if the queue took its buffers back, and then the epoch is over.
            _ = try? queue.dequeue()
        }
    }

    private func enqueue(_ index: Int, isCurrent: Bool) {
        guard index < page.layout.slotCount else { return }
        guard isThere(index) else { return page.setSlotState(index, .none) }
        let contents = page.readSlot(index)
        var payload = BufferPayload()
        payload.flags = contents.flags & ioctls.acceptedFlags.rawValue
        var planes: [8 of PlanePayload] = .init(repeating: PlanePayload())
        if queue.configuration.direction == .output {
            payload.field = contents.field
            if queue.configuration.copiesTimestamps {
                payload.timestamp = contents.seconds &* 1_000_000_000 &+ contents.microseconds &* 1000
            }
            for plane in 0..<8 {
                planes[plane].bytesUsed = contents.planes[plane].bytesUsed
                planes[plane].dataOffset = contents.planes[plane].dataOffset
            }
        } else {
            payload.field = queue.buffers[index].payload.field
        }
        do throws(Errno) {
            // An entry of an earlier epoch came before the STREAMOFF that took all buffers back.
            if !isCurrent { throw .invalidArgument }
            try queue.enqueueUnchanged(index, payload: payload, planes: planes)
            if queue.memory == .dmabuf {
                for plane in 0..<queue.planeCount {
                    queue.setUserReference(
                        UInt64(UInt32(bitPattern: contents.planes[plane].descriptor)), plane: plane, buffer: index)
                }
            }
        } catch {
            // Not queued after all: the program's half must not think that it is.
            writeSlot(index)
        }
    }

    // MARK: To the program

    func bufferDone(_ index: Int, in queue: Queue) {
        guard index < page.layout.slotCount else { return }
        writeSlot(index)
        page.setDoneEntry(at: published, index: index)
        published &+= 1
        totalPublished += 1
        guard page.announceDone() else { return }
        totalDoorbells += 1
        if let onFirstOutput {
            onFirstOutput()
            // A blocked DQBUF sleeps on a byte, whatever the direction.
            if page.hasWaiter { wake() }
        } else {
            ring()
        }
    }

    func buffersReturned(in queue: Queue) {
        epoch &+= 1
        let left = page.beginEpoch(epoch)
        published = 0
        taken = 0
        untaken = left
        // The byte that announced those is on the socket, and stands for nothing now.
        if left > 0, onFirstOutput == nil { page.countWake() }
        mustWake = true
        if queue.buffers.isEmpty { page.countAllocation() }
    }

    /// - Returns: 1 if there were such buffers, once.
    func takeUntaken() -> UInt64 {
        defer { untaken = 0 }
        return untaken > 0 ? 1 : 0
    }

    func buffersRemoved(in queue: Queue) {
        page.countAllocation()
    }

    func queueFailed(_ queue: Queue) {
        page.gate = []
        page.state.insert(.failed)
        wake()
    }

    /// Makes whoever sleeps on the socket look again. The state that they are to see is in the page already.
    func wake() {
        // One unpaid wake keeps the socket readable, and is paid before its payer looks.
        if page.hasUnpaidWake { return }
        page.countWake()
        ring()
    }

    private func ring() { send(Wire.doorbell) }

    /// After a process died inside the page's lock. Nobody knows which bytes it took: those up to a mark are void, and
    /// behind it is one for each reason that there is. The page's lock is held.
    /// - Returns: epoch and entries taken in it, as `vb2_reply.value` has them.
    func ringAgain() -> UInt64 {
        send(Wire.mark)
        let left = min(page.doneCount, published &- taken)
        if left > 0, onFirstOutput == nil { ring() }
        if page.hasUnpaidWake {
            page.forgetWakes()
            wake()
        }
        return UInt64(epoch) << 32 | UInt64(published &- left)
    }

    // MARK: The terms

    /// Tells the page what the queue has come to. `all`: every slot may have changed; else only `index`.
    func refresh(slot index: Int?, all: Bool) {
        page.setTerms(
            memory: queue.memory?.rawValue ?? 0, bufferCount: queue.buffers.count, planeCount: queue.planeCount,
            queueFlags: ioctls.timestampFlags.rawValue, acceptedFlags: ioctls.acceptedFlags.rawValue,
            minimumLengths: { ioctls.device.planeSizes[$0] }, minimumPayloads: { ioctls.device.minimumPayloads[$0] })
        if all {
            for index in 0..<page.layout.slotCount {
                if isThere(index) { writeSlot(index) } else { page.setSlotState(index, .none) }
            }
        } else if let index, isThere(index), index < page.layout.slotCount {
            writeSlot(index)
        }
        page.state = pageState
        page.gate = gate
        tellPressure()
        if mustWake {
            mustWake = false
            wake()
        }
    }

    /// Tells the program's half whether page-table entries stand in the way of moving memory, and the heap whether they
    /// were given up.
    func tellPressure() {
        let yields = page.yields
        if yields != seenYields {
            seenYields = yields
            queue.programYielded()
        }
        let pressure = queue.memoryPressure
        if pressure == toldPressure { return }
        toldPressure = pressure
        page.setPressure(pressure)
    }

    /// For a handle that does not own the queue: everything is a request, and poll sees the queue's state.
    func refreshAsOther() {
        page.gate = []
        page.state = pageState
    }

    private var pageState: PageState {
        var state: PageState = []
        if !queue.buffers.isEmpty { state.insert(.buffers) }
        if queue.state.isStreaming { state.insert(.streaming) }
        if queue.state.phase == .failed { state.insert(.failed) }
        if queue.state.everQueued { state.insert(.queued) }
        if queue.state.lastWasDequeued { state.insert(.last) }
        if ioctls.isFileIO { state.insert(.fileIO) }
        return state
    }

    private var gate: Gate {
        switch queue.state.phase {
        case .stopped, .failed: []
        // The QBUF that starts the device must be a request; write() makes none.
        case .armed: ioctls.isFileIO ? [.queue, .dequeue] : .dequeue
        case .running: queue.state.lastWasDequeued ? .queue : [.queue, .dequeue]
        }
    }

    private func isThere(_ index: Int) -> Bool {
        queue.state.slots.indices.contains(index) && !queue.state.slots[index].isVacant
    }

    private func writeSlot(_ index: Int) {
        page.writeSlot(index, ioctls.slotContents(index))
    }
}
