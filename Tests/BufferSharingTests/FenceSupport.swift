import BufferSharing
import LinuxSystem

/// A thread, and what it comes back with.
final class Worker<Value: Sendable> {
    private let report: Report

    private final class Report: Sendable {
        let outcome = Locked<Result<Value, any Error>?>(nil)
        let end: EventDescriptor

        init() throws {
            end = try EventDescriptor()
        }
    }

    init(_ body: @escaping @Sendable () throws -> Value) throws {
        let report = try Report()
        self.report = report
        _ = try SystemThread.start(name: "worker") {
            let outcome = Result { try body() }
            report.outcome.withLock { $0 = outcome }
            report.end.signal()
        }
    }

    /// Waits for its end. One that hangs is left behind.
    /// - Throws: what it threw; ETIMEDOUT when it hangs.
    func join() throws -> Value {
        if try report.end.descriptor.wait(for: .input, timeout: .seconds(60)).isEmpty { throw Errno.timedOut }
        guard let outcome = report.outcome.withLock({ $0 }) else { throw Errno.noSuchProcess }
        return try outcome.get()
    }
}

/// A signal that can be kept where only copies can.
final class KeptSignal: Sendable {
    let fence: Fence
    private let held: Locked<FenceSignal?>

    init() {
        let signal = FenceSignal()
        fence = signal.fence
        held = Locked(signal)
    }

    init(on timeline: FenceTimeline) {
        let signal = timeline.makeSignal()
        fence = signal.fence
        held = Locked(signal)
    }

    func signal() {
        held.withLock { $0.take()?.signal() }
    }

    /// Lets it go away unused.
    func drop() {
        _ = held.withLock { $0.take() == nil }
    }

    func fail(_ errno: Errno) {
        held.withLock { $0.take()?.fail(errno) }
    }
}

/// A deadline that nothing reaches unless it hangs.
var farDeadline: MonotonicTime { .now() + MonotonicDuration.seconds(60) }

/// Whether a descriptor polls readable now.
func isReadable(_ descriptor: borrowing OwnedDescriptor) throws -> Bool {
    try descriptor.wait(for: .input, timeout: .zero).contains(.input)
}

/// Whether a descriptor of this process is a socket like those of fences.
func isFenceSocket(_ raw: Int32) -> Bool {
    let descriptor = OwnedDescriptor(adopting: raw)
    let isOne = descriptor.isSequencedUnixSocket()
    _ = descriptor.relinquish()
    return isOne
}

/// How many sockets like those of fences this process has open. What else is open comes and goes with the test's own
/// machinery.
func openSocketCount() throws -> Int {
    try Files.list("/proc/self/fd").count { Int32($0).map(isFenceSocket) ?? false }
}
