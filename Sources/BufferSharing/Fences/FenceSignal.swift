public import LinuxSystem

/// The right, and the duty, to say that some work is done. There is one for each fence.
///
/// If it goes away unused, the fence fails with ECANCELED; if its process dies, with EOWNERDEAD, even if forked
/// children live on. So nobody waits for ever because of an early return or a crash.
public struct FenceSignal: ~Copyable, Sendable {
    /// What to give to those who wait.
    public let fence: Fence

    /// Begins work that stands alone, on a timeline of its own. See ``FenceTimeline`` for work in order.
    /// - Parameter name: a label for people.
    public init(name: String = "fence") {
        fence = Fence(name: name, source: .here(FenceExports()))
    }

    init(name: String, context: UInt64, sequenceNumber: UInt64) {
        fence = Fence(name: name, context: context, sequenceNumber: sequenceNumber, source: .here(FenceExports()))
    }

    deinit {
        fence.complete(.failed(.canceled))
    }

    /// The work is done (dma_fence_signal). What was written before is seen by who sees the fence signalled.
    public consuming func signal() {
        fence.complete(.succeeded)
    }

    /// The work won't be done (dma_fence_set_error). All who wait are told.
    /// - Parameter errno: 1 to 4095; anything else is told as EINVAL.
    public consuming func fail(_ errno: Errno) {
        fence.complete(.failed(errno))
    }
}
