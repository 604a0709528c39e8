import LinuxSystem
import Synchronization

/// Ends fences of this process when fences that are signalled elsewhere have ended, as callbacks do in the kernel.
///
/// One thread for all of them, which sleeps in one epoll. With nothing to watch there is neither.
package final class FenceWatcher: Sendable {
    package static let shared = FenceWatcher()

    private let state = Locked(State())
    /// How often a thread has ended.
    private let ends = FutexWord()

    private struct State {
        /// Of the thread that takes what is added now.
        var poll: SharedPoll?
        var watched: [UInt64: WatchedFence] = [:]
        var lastToken: UInt64 = 0
        /// One, and those that are about to end.
        var threads = 0

        /// Ends the watch of one. Removed by hand, as duplicates of its descriptor may stay open.
        mutating func take(_ token: UInt64, from poll: SharedPoll) -> WatchedFence? {
            guard let fence = watched.removeValue(forKey: token) else { return nil }
            try? poll.events.remove(fence.descriptor.raw)
            return fence
        }
    }

    /// Ends `relay` when all of the group have ended.
    /// - Throws: EMFILE; ENOMEM; EAGAIN when there can't be a thread.
    func watch(_ group: FenceGroup, for relay: Fence) throws(Errno) {
        let task = RelayTask(group, relay)
        var fences: [WatchedFence] = []
        for member in group.members { fences.append(WatchedFence(try member.export(), task)) }
        let added = fences
        try state.withLock { state throws(Errno) in
            let isRunning = state.poll != nil
            let poll = if let poll = state.poll { poll } else { try SharedPoll() }
            let firstToken = state.lastToken + 1
            do throws(Errno) {
                for fence in added {
                    state.lastToken += 1
                    state.watched[state.lastToken] = fence
                    try poll.events.add(fence.descriptor.raw, events: .input, token: state.lastToken)
                }
                if !isRunning {
                    _ = try SystemThread.start(name: "vb2-fences", stackSize: 256 << 10) { self.work() }
                    state.poll = poll
                    state.threads += 1
                }
            } catch {
                for token in firstToken...state.lastToken { _ = state.take(token, from: poll) }
                throw error
            }
        }
    }

    /// Waits until nothing is watched and no thread is left.
    package func waitUntilIdle() {
        while true {
            let seen = ends.value
            if state.withLock({ $0.threads == 0 }) { return }
            _ = ends.wait(while: seen, until: nil)
        }
    }

    private func work() {
        watchUntilIdle()
        state.withLock { $0.threads -= 1 }
        ends.increment()
        ends.wake()
    }

    private func watchUntilIdle() {
        guard let poll = state.withLock({ $0.poll }) else { return }
        var batch = EventBatch()
        var isIdle = false
        while !isIdle {
            // EBADF and EINVAL are for descriptors that aren't such a set's.
            try? poll.events.wait(into: &batch)
            let tokens = (0..<batch.count).map { batch[$0].token }
            let ready = state.withLock { state in
                let ready = tokens.compactMap { state.take($0, from: poll) }
                if state.watched.isEmpty { state.poll = nil }
                isIdle = state.watched.isEmpty
                return ready
            }
            for fence in ready { fence.task.countDown() }
        }
    }
}

/// The set that the thread sleeps in.
private final class SharedPoll: Sendable {
    let events: EventPoll

    init() throws(Errno) {
        events = try EventPoll()
    }
}

/// One of the fences that a relay waits for.
private final class WatchedFence: Sendable {
    let descriptor: OwnedDescriptor
    let task: RelayTask

    init(_ descriptor: consuming OwnedDescriptor, _ task: RelayTask) {
        self.descriptor = descriptor
        self.task = task
    }
}

/// A relay, and what it waits for.
private final class RelayTask: Sendable {
    private let group: FenceGroup
    private let relay: Fence
    private let remaining: Atomic<Int>

    init(_ group: FenceGroup, _ relay: Fence) {
        self.group = group
        self.relay = relay
        remaining = Atomic(group.members.count)
    }

    /// One of them has ended.
    func countDown() {
        guard remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        // All are ready, so this doesn't wait. What can't be read even so has been tampered with.
        relay.complete((try? group.wait(until: .now())) ?? .failed(.badMessage))
    }
}
