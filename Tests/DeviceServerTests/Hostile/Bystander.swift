import CVideoABI
import DeviceClient
import Glibc
import LinuxSystem

/// Programs that mean well, beside the others: a stream on one device, whose frames are counted on a thread of its own,
/// and handles of other devices that only ask.
final class Bystander {
    private let others: [Program]
    private let thread: Joined
    private let state: State

    private final class State: Sendable {
        let isOver = Locked(false)
        let frames = Locked<UInt32>(0)
        let fault = Locked<String?>(nil)
    }

    /// On return the stream runs.
    init(stream path: String, others paths: [String]) throws {
        let state = State()
        self.state = state
        others = try paths.map { Program(try DeviceConnection(path: $0)) }
        thread = Joined(
            try SystemThread.start(name: "bystander") {
                do {
                    try Self.stream(path, state)
                } catch {
                    state.fault.withLock { $0 = "the stream beside it: \(error)" }
                }
            })
        while state.frames.withLock({ $0 }) == 0 {
            if let fault = state.fault.withLock({ $0 }) { throw HostileSoak.Failure(description: fault) }
            sched_yield()
        }
    }

    private static func stream(_ path: String, _ state: State) throws {
        let program = Program(try DeviceConnection(path: path))
        try program.start(4)
        var expected: UInt32 = 0
        while !state.isOver.withLock({ $0 }) {
            guard try program.device.waitReadable(timeout: .seconds(30)) else { throw Errno.timedOut }
            let (result, buffer) = unsafe program.dequeue()
            guard result == 0 else { throw Errno(rawValue: -result) }
            let (sequence, index) = unsafe (buffer.sequence, buffer.index)
            guard sequence == expected, program.number(index) == expected else {
                throw HostileSoak.Failure(description: "frame \(sequence) after \(expected) frames")
            }
            expected += 1
            state.frames.withLock { $0 = expected }
            let queued = program.queue(index)
            guard queued == 0 else { throw Errno(rawValue: -queued) }
        }
    }

    /// Whether all is well, and the other devices answer.
    func check() throws {
        if let fault = state.fault.withLock({ $0 }) { throw HostileSoak.Failure(description: fault) }
        for other in others {
            var capability = v4l2_capability()
            let result = other.call(VB2_VIDIOC_QUERYCAP, &capability)
            guard result == 0, capability.version != 0 else {
                throw HostileSoak.Failure(description: "a handle beside it got \(result)")
            }
        }
    }

    /// - Returns: frames.
    func stop() throws -> UInt32 {
        state.isOver.withLock { $0 = true }
        thread.join()
        try check()
        return state.frames.withLock { $0 }
    }
}

/// A thread that an array can hold.
final class Joined {
    private var thread: SystemThread

    init(_ thread: consuming SystemThread) {
        self.thread = thread
    }

    func join() { thread.join() }
}
