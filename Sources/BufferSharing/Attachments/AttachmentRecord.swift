import LinuxSystem
import Synchronization

/// What others need to know of an attachment, whichever thread they are on: the exporter that is about to move, and
/// people who look.
final class AttachmentRecord: Sendable {
    let addressSpaceName: String
    let policy: MappingPolicy
    private let onMove: @Sendable () -> Void

    /// Written by the attachment's own thread alone.
    let maps = Atomic<UInt64>(0)
    let keptMaps = Atomic<UInt64>(0)
    let realMaps = Atomic<UInt64>(0)

    /// The mapping of one that is called back, which must be within reach of whoever calls.
    let callable = Locked<BufferMapping?>(nil)

    init(addressSpaceName: String, policy: MappingPolicy, onMove: @escaping @Sendable () -> Void) {
        self.addressSpaceName = addressSpaceName
        self.policy = policy
        self.onMove = onMove
    }

    /// The memory is about to move, and nobody uses it.
    func callBack() {
        if policy == .untilCalledBack { _ = takeCallable() }
        onMove()
    }

    /// Takes the mapping out; it ends with the caller, outside of the lock.
    func takeCallable() -> BufferMapping? {
        callable.withLock { callable in
            let mapping = callable
            callable = nil
            return mapping
        }
    }

    /// Adds one to a count that only this thread writes.
    @inline(__always)
    static func count(_ counter: borrowing Atomic<UInt64>) {
        counter.store(counter.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}
