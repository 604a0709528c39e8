import LinuxSystem

/// Does what it is told, in order: on a thread of its own, or at once on the caller's.
///
/// The second way makes a run of several workers the same each time.
final class Worker<Job: Sendable>: Sendable {
    private let act: @Sendable (Job) -> Void
    /// nil ends the thread.
    private let jobs = Inbox<Job?>()
    private let thread = Locked<SystemThread?>(nil)
    private let hasThread: Bool

    /// - Parameter name: of the thread, for debuggers.
    /// - Throws: EAGAIN when there are too many threads.
    init(name: String, hasThread: Bool, _ act: @Sendable @escaping (Job) -> Void) throws(Errno) {
        self.act = act
        self.hasThread = hasThread
        if !hasThread { return }
        try thread.withLock { [jobs] thread throws(Errno) in
            thread = try SystemThread.start(name: name) {
                while true {
                    for job in jobs.waitForItems() {
                        guard let job else { return }
                        act(job)
                    }
                }
            }
        }
    }

    deinit {
        finish()
    }

    func tell(_ job: Job) {
        if hasThread { jobs.put(job) } else { act(job) }
    }

    /// Waits until all is done that it was told. After that it does nothing any more on its thread.
    func finish() {
        guard var thread = thread.withLock({ $0.take() }) else { return }
        jobs.put(nil)
        thread.join()
    }
}
