import LinuxSystem
import Synchronization

/// How many handles are open on a server, over all its threads.
final class HandleCount: Sendable {
    private let count = Atomic<Int>(0)
    private let becameZero: EventDescriptor

    init() throws(Errno) {
        becameZero = try EventDescriptor()
    }

    func add() {
        count.add(1, ordering: .sequentiallyConsistent)
    }

    func subtract() {
        if count.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { becameZero.signal() }
    }

    /// Waits until no handle is open.
    func waitForZero() {
        while count.load(ordering: .sequentiallyConsistent) != 0 {
            // Only a bad descriptor makes it fail, and this one is ours.
            _ = try? becameZero.descriptor.wait(for: .input)
            _ = becameZero.drain()
        }
    }
}
