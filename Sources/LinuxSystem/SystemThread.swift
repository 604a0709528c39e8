import CLinuxSystem
public import SystemPackage

/// A thread of the system's, for work that waits in system calls.
///
/// A thread that wasn't joined when its owner goes away runs on by itself.
public struct SystemThread: ~Copyable, Sendable {
    private let handle: UInt
    private var joined = false

    private init(handle: UInt) {
        self.handle = handle
    }

    deinit {
        if !joined { _ = linux_thread_detach(handle) }
    }

    /// Starts a thread. Signals from outside are blocked in it, so that they go to the main thread or
    /// to a ``SignalDescriptor``.
    /// - Parameters:
    ///   - name: for debuggers; one of more than 15 bytes is cut.
    ///   - stackSize: in bytes, or 0 for the system's default.
    /// - Throws: EAGAIN when there are too many; EINVAL for a stack that is too small.
    public static func start(
        name: String, stackSize: Int = 0, _ body: @Sendable @escaping () -> Void
    ) throws(Errno) -> SystemThread {
        let context = unsafe Unmanaged.passRetained(ThreadBody(body))
        var handle: UInt = 0
        do {
            try checked(
                unsafe linux_thread_start(
                    shortened(name), stackSize,
                    { context in
                        guard let context = unsafe context else { return }
                        unsafe Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
                    }, unsafe context.toOpaque(), &handle))
        } catch {
            unsafe context.release()
            throw error
        }
        return SystemThread(handle: handle)
    }

    /// Waits until the thread has ended. A second call returns at once.
    public mutating func join() {
        if joined { return }
        joined = true
        // It can fail only for a thread that joins itself, which then would wait for ever.
        _ = linux_thread_join(handle)
    }

    private static func shortened(_ name: String) -> String {
        String(decoding: name.utf8.prefix(15), as: UTF8.self)
    }
}

/// What a thread is to do, as an object that a C pointer can stand for.
private final class ThreadBody {
    let run: @Sendable () -> Void

    init(_ run: @Sendable @escaping () -> Void) {
        self.run = run
    }
}
