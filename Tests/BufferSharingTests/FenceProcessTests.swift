import BufferSharing
import Glibc
import LinuxSystem
import Testing

/// Fences between processes that share nothing but a socket: the other one is an exit test.
@Suite struct FenceProcessTests {
    /// Another process signals, fails and drops; then it is killed, and all who wait for the rest are told.
    @Test func anotherProcessSignalsAndDies() async throws {
        let place = try MeetingPlace()
        let here = try Worker { [listener = place.listener] in
            let peer = try listener.accept()
            let fences = try peer.receiveFences(5)
            for fence in fences { try check(fence.status == nil) }
            try peer.send(.go)
            try check(try fences[0].wait(until: farDeadline) == .succeeded)
            try check(try fences[1].wait(until: farDeadline) == .failed(.ioError))
            try check(try fences[2].wait(until: farDeadline) == .failed(.canceled))
            try check(fences[3].status == nil && fences[4].status == nil)
            // Two of one descriptor, two of duplicates of it, one of a descriptor of its own, and one that only polls.
            let duplicate = try Fence(adopting: fences[3].exportDescriptor())
            let waited = [fences[3], fences[3], duplicate, fences[4]]
            let waiters = try waited.map { fence in try Worker { try fence.wait() } }
            let poller = try Worker { [descriptor = try Kept(fences[3].exportDescriptor())] in
                try descriptor.file.wait(for: .input, timeout: .seconds(60)).contains(.input)
            }
            try peer.send(.go)
            return (try waiters.map { try $0.join() }, try poller.join())
        }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = place.path as String] in
            let peer = try Peer.connect(path)
            let signals = (0..<4).map { _ in KeptSignal() }
            let fences = (signals + [signals[3]]).map(\.fence)
            try peer.send(fences)
            try peer.expect(.go)
            signals[0].signal()
            signals[1].fail(.ioError)
            signals[2].drop()
            try peer.expect(.go)
            kill(getpid(), SIGKILL)
        }
        let seen = try here.join()
        #expect(seen.0 == [Fence.Status](repeating: .failed(.ownerDead), count: 4))
        #expect(seen.1)
    }

    /// Another process waits, on what it was sent and on a merge of it.
    @Test func anotherProcessWaits() async throws {
        let place = try MeetingPlace()
        let here = try Worker { [listener = place.listener] in
            let peer = try listener.accept()
            let signals = (0..<2).map { _ in KeptSignal() }
            try peer.send(signals.map(\.fence))
            try peer.expect(.go)
            signals[1].signal()
            // A descriptor that is given away when the fence is done says so at once.
            try peer.send([signals[1].fence])
            try peer.expect(.go)
            signals[0].fail(.noSpace)
        }
        await #expect(processExitsWith: .success) { [path = place.path as String] in
            let peer = try Peer.connect(path)
            let fences = try peer.receiveFences(2)
            let merged = Fence.merging(fences)
            try check(merged.status == nil)
            try peer.send(.go)
            try check(try fences[1].wait(until: farDeadline) == .succeeded)
            try check(try peer.receiveFences(1)[0].status == .succeeded)
            try check(merged.status == nil)
            try peer.send(.go)
            try check(try merged.wait(until: farDeadline) == .failed(.noSpace))
        }
        try here.join()
    }

    /// The process that signals forks, and is killed. Its child lives on, and doesn't keep the fence pending.
    @Test func aForkedChildDoesNotHideADeath() async throws {
        let place = try MeetingPlace()
        let here = try Worker { [listener = place.listener] in
            let peer = try listener.accept()
            let fence = try peer.receiveFences(1)[0]
            let child = try peer.receiveNumber()
            defer { kill(child, SIGKILL) }
            try check(fence.status == nil)
            try peer.send(.go)
            let status = try fence.wait(until: farDeadline)
            return (status, kill(child, 0))
        }
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = place.path as String] in
            let peer = try Peer.connect(path)
            let signal = KeptSignal()
            try peer.send([signal.fence])
            let child = try forkedSleeper()
            try peer.send(number: child)
            try peer.expect(.go)
            // The child has closed its own end long since; this process's still works.
            try check(signal.fence.status == nil)
            kill(getpid(), SIGKILL)
        }
        let seen = try here.join()
        #expect(seen.0 == .failed(.ownerDead))
        #expect(seen.1 == 0)
    }

    /// Between the fork and the death the fence is the parent's to signal, whatever the child closes.
    @Test func aForkTakesNothingFromTheParent() async throws {
        let place = try MeetingPlace()
        let here = try Worker { [listener = place.listener] in
            let peer = try listener.accept()
            let fence = try peer.receiveFences(1)[0]
            try peer.send(.go)
            return try fence.wait(until: farDeadline)
        }
        await #expect(processExitsWith: .success) { [path = place.path as String] in
            let peer = try Peer.connect(path)
            let signal = KeptSignal()
            try peer.send([signal.fence])
            let child = try forkedSleeper()
            defer { kill(child, SIGKILL) }
            try peer.expect(.go)
            signal.signal()
        }
        #expect(try here.join() == .succeeded)
    }
}

/// A child that only sleeps (fork(2), which Swift hides because a Swift program has threads).
private func forkedSleeper() throws -> pid_t {
    typealias Fork = @convention(c) () -> pid_t
    guard let address = unsafe dlsym(nil, "fork") else { throw Errno.noFunction }
    let child = unsafe unsafeBitCast(address, to: Fork.self)()
    if child == 0 { while true { pause() } }
    return child
}
