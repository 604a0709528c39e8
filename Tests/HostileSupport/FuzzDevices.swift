import BufferQueue
import PixelFormats
import VideoDevice
import VirtualDevices

/// The devices that we ship, small and without a clock.
enum FuzzDevices {
    private static let sizes = SizeRange(
        minimum: FrameSize(width: 48, height: 32), maximum: FrameSize(width: 64, height: 48),
        step: FrameSize(width: 2, height: 2))

    static func make(_ kind: Int) -> any StreamingDevice {
        let isMultiPlanar = kind & 2 != 0
        do {
            if kind & 1 == 0 {
                return try VirtualCamera(
                    configuration: CameraConfiguration(
                        source: .unpainted, pace: .onDemand, isMultiPlanar: isMultiPlanar, sizes: sizes, stamps: false,
                        frameCount: kind & 4 != 0 ? 3 : nil))
            }
            return try VirtualDisplay(
                configuration: DisplayConfiguration(pace: .onDemand, isMultiPlanar: isMultiPlanar, sizes: sizes))
        } catch {
            fatalError("\(error)")
        }
    }

    /// The sums of a queue, at any time.
    static func check(_ queue: Queue) {
        let state = queue.state
        var counts = [Int](repeating: 0, count: 5)
        for slot in state.slots {
            switch slot.state {
            case .dequeued: counts[0] += 1
            case .queued: counts[1] += 1
            case .active: counts[2] += 1
            case .done: counts[3] += 1
            case .failed: counts[4] += 1
            }
            require(!slot.isVacant || slot.state == .dequeued, "a buffer that is none is in use")
        }
        require(state.queuedCount == counts[1], "\(state.queuedCount) in the list of the queued, \(counts[1]) queued")
        require(state.doneCount == counts[3] + counts[4], "\(state.doneCount) in the list of the done, not \(counts)")
        require(queue.buffers.count == state.slots.count, "\(queue.buffers.count) buffers, \(state.slots.count) states")
        let taken = queue.counters.taken - queue.counters.completed
        require(taken == counts[2], "\(taken) with the device, \(counts[2]) active")
    }

    /// When nobody has it open any more.
    static func checkEnd(_ queue: Queue) {
        check(queue)
        require(queue.buffers.isEmpty && queue.state.phase == .stopped, "buffers without an owner")
        require(queue.counters.unbalanced.isEmpty, "\(queue.counters.unbalanced)")
    }
}
