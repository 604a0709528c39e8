public import LinuxSystem

/// Closes descriptors that came from strangers on threads of its own, because such a close may wait for
/// ever: that of a file on a FUSE mount asks the mount's server.
///
/// At most ``threadLimit`` closes are under way at once and at most ``queueLimit`` wait. Beyond that a
/// descriptor is left open and counted: the caller is never held up. An idle reaper has no thread.
public final class DescriptorReaper: Sendable {
    /// One for the whole process: a thread that is stuck is the process's loss, whoever began it.
    public static let shared = DescriptorReaper()

    public let threadLimit: Int
    public let queueLimit: Int

    private let state: Locked<State>
    /// Changes whenever a thread has nothing left to do.
    private let idle = FutexWord()

    private struct State {
        var waiting: [Int32] = []
        var threads = 0
        var abandoned = 0
    }

    public init(threadLimit: Int = 8, queueLimit: Int = 64) {
        self.threadLimit = max(1, threadLimit)
        self.queueLimit = max(1, queueLimit)
        state = Locked(State())
    }

    /// How many descriptors were left open because the queue was full.
    public var abandonedCount: Int { state.withLock { $0.abandoned } }

    /// How many closes wait or are under way. A count that stays up is a peer that holds them.
    public var pendingCount: Int { state.withLock { $0.waiting.count + $0.threads } }

    /// Takes a descriptor, to be closed elsewhere. Doesn't wait.
    public func close(_ descriptor: consuming OwnedDescriptor) {
        let raw = descriptor.relinquish()
        let limits = (threads: threadLimit, queue: queueLimit)
        let startsThread = state.withLock { state in
            guard state.waiting.count < limits.queue else {
                state.abandoned += 1
                return false
            }
            state.waiting.append(raw)
            guard state.threads < limits.threads else { return false }
            state.threads += 1
            return true
        }
        guard startsThread else { return }
        do {
            // Its owner goes away at once: the thread runs on by itself, and ends when nothing waits.
            _ = try SystemThread.start(name: "vb2-reaper", stackSize: 256 << 10) { self.work() }
        } catch {
            // What waits is taken by the next thread that can be started.
            state.withLock { $0.threads -= 1 }
        }
    }

    /// Waits until nothing is being closed and nothing waits for a thread.
    package func waitUntilIdle() {
        while true {
            let seen = idle.value
            if state.withLock({ $0.threads == 0 }) { return }
            idle.wait(while: seen)
        }
    }

    private func work() {
        while true {
            let next: Int32? = state.withLock { state in
                if state.waiting.isEmpty {
                    state.threads -= 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            guard let next else { break }
            // Nobody is left to be told what close(2) says.
            try? OwnedDescriptor(adopting: next).close()
        }
        idle.increment()
        idle.wake()
    }
}
