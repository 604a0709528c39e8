import BufferSharing
import LinuxSystem

/// A thread that begins an access of a buffer, and ends it.
final class Sleeper {
    private let state: Locked<State>
    private var thread: SystemThread

    private struct State {
        var thread: Int32?
        var hasBegun = false
        var failure: BufferSharingError?
    }

    init(_ buffer: SharedBuffer) throws {
        let state = Locked(State())
        self.state = state
        thread = try SystemThread.start(name: "sleeper") {
            state.withLock { $0.thread = threadID }
            do throws(BufferSharingError) {
                let descriptor = try buffer.exportDescriptor(access: .readWrite)
                try CPUAccessSync.begin(descriptor, of: buffer.kind, .bidirectional)
                state.withLock { $0.hasBegun = true }
                try CPUAccessSync.end(descriptor, of: buffer.kind, .bidirectional)
            } catch {
                state.withLock { $0.failure = error }
            }
        }
    }

    /// Waits until the kernel shows the thread asleep in an ioctl, or it has gone on; says which.
    func isAsleep() throws -> Bool {
        while true {
            let (thread, isThrough) = state.withLock { ($0.thread, $0.hasBegun || $0.failure != nil) }
            if isThrough { return false }
            guard let thread, let call = try? Files.read("/proc/self/task/\(thread)/syscall") else { continue }
            // The system call that it sleeps in (16 is ioctl, on x86-64), or "running".
            if String(decoding: call, as: UTF8.self).hasPrefix("16 ") { return true }
        }
    }

    /// Waits for its end.
    func join() throws {
        thread.join()
        if let failure = state.withLock(\.failure) { throw failure }
    }
}
