import Synchronization

/// Work that is done in order, as by one device: a fence context of the kernel's (`dma_fence_context_alloc`).
///
/// Its fences must be done in the order in which they were made. Who waits for the latest then waits for all, so
/// merging and reservations keep only the latest.
public final class FenceTimeline: Sendable {
    /// A label for people, which its fences have too.
    public let name: String
    public let context: UInt64
    private let lastNumber = Atomic<UInt64>(0)

    public init(name: String) {
        self.name = name
        context = Fence.makeContext()
    }

    /// Begins the next piece of work.
    public func makeSignal() -> FenceSignal {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        return FenceSignal(name: name, context: context, sequenceNumber: number)
    }
}
