import LinuxSystem
import Testing

/// Runs `body` on so many threads at once, and waits for all of them.
func withThreads(count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    var threads: [JoinedThread] = []
    for number in 0..<count {
        threads.append(
            JoinedThread(
                try SystemThread.start(name: "test-\(number)") {
                    do { try body(number) } catch { Issue.record("thread \(number): \(error)") }
                }))
    }
    for thread in threads { thread.join() }
}

/// A thread that an array can hold.
private final class JoinedThread {
    private let thread: Locked<SystemThread>

    init(_ thread: consuming SystemThread) {
        self.thread = Locked(thread)
    }

    func join() { thread.withLock { $0.join() } }
}
