import Glibc
import LinuxSystem
import Synchronization
import Testing

@Suite struct EventTests {
    @Test func pollReportsTokensAndForgetsWhatIsRemoved() throws {
        let poll = try EventPoll()
        let event = try EventDescriptor()
        let pipe = try Pipe.create()
        try poll.add(event.descriptor.raw, events: .input, token: .max)
        try poll.add(pipe.write.raw, events: [.output, .edgeTriggered], token: 2)
        #expect(throws: Errno.fileExists) { try poll.add(event.descriptor.raw, events: .input, token: 1) }
        var batch = EventBatch()
        try poll.wait(into: &batch, timeout: .zero)
        #expect(batch.count == 1)
        #expect(batch[0] == (2, .output))
        event.signal()
        try poll.wait(into: &batch)
        #expect(batch.count == 1)
        #expect(batch[0] == (.max, .input))
        try poll.modify(event.descriptor.raw, events: .input, token: 9)
        try poll.wait(into: &batch, timeout: .seconds(60))
        #expect(batch[0].token == 9)
        try poll.remove(event.descriptor.raw)
        try poll.wait(into: &batch, timeout: .nanoseconds(1))
        #expect(batch.count == 0)
    }

    @Test func hangUpIsReported() throws {
        let poll = try EventPoll()
        let pipe = try Pipe.create()
        try poll.add(pipe.read.raw, events: .input, token: 0)
        let read = try pipe.read.duplicate()
        _ = pipe.intoRead()
        var batch = EventBatch()
        try poll.wait(into: &batch)
        #expect(batch[0].events == .hangUp)
        #expect(try read.wait(for: .input) == .hangUp)
    }

    @Test func eventIsAFlag() throws {
        let event = try EventDescriptor()
        var drained = event.drain()
        #expect(!drained)
        #expect(try event.descriptor.wait(for: .input, timeout: .zero) == [])
        event.signal()
        event.signal()
        #expect(try event.descriptor.wait(for: .input) == .input)
        drained = event.drain()
        #expect(drained)
        drained = event.drain()
        #expect(!drained)
    }

    @Test func timerFiresNotBeforeItsTime() throws {
        let timer = try TimerDescriptor()
        #expect(try timer.drain() == 0)
        let moment = MonotonicTime.now() + MonotonicDuration.milliseconds(2)
        try timer.arm(at: moment)
        #expect(try timer.descriptor.wait(for: .input) == .input)
        #expect(MonotonicTime.now() >= moment)
        #expect(try timer.drain() == 1)
        try timer.arm(at: MonotonicTime(nanoseconds: 0))
        #expect(try timer.descriptor.wait(for: .input) == .input)
        try timer.arm(at: .now() + MonotonicDuration.seconds(3600))
        #expect(try timer.drain() == 0)
        try timer.disarm()
        #expect(try timer.descriptor.wait(for: .input, timeout: .zero) == [])
    }

    @Test func signalsAreRead() throws {
        let seen = Locked<[Int32?]>([])
        try withThread {
            guard let signals = try? SignalDescriptor(blocking: [SignalNumber.user1]) else { return }
            let early = (try? signals.read()) ?? nil
            pthread_kill(pthread_self(), SignalNumber.user1)
            let later = (try? signals.read()) ?? nil
            seen.withLock { $0 = [early, later] }
        }
        #expect(seen.withLock { $0 } == [nil, SignalNumber.user1])
    }

    @Test func interruptedWaitGoesOn() throws {
        let waiter = Locked<UInt>(0)
        let pipe = try Pipe.create()
        let raw = pipe.read.raw
        let result = Locked<Int?>(nil)
        var thread = try SystemThread.start(name: "a name beyond fifteen") {
            var handler = sigaction()
            unsafe handler.__sigaction_handler.sa_handler = { _ in }
            unsafe sigaction(SignalNumber.user2, &handler, nil)
            var set = sigset_t()
            unsafe sigaddset(&set, SignalNumber.user2)
            unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
            waiter.withLock { $0 = UInt(pthread_self()) }
            var byte: UInt8 = 0
            let file = OwnedDescriptor(adopting: raw)
            let count = unsafe withUnsafeMutableBytes(of: &byte) { unsafe try? file.read(into: $0) }
            _ = file.relinquish()
            result.withLock { $0 = count }
        }
        while waiter.withLock({ $0 }) == 0 { sched_yield() }
        for _ in 0..<50 {
            pthread_kill(pthread_t(waiter.withLock { $0 }), SignalNumber.user2)
            sched_yield()
        }
        try pipe.write.writeAll("x")
        thread.join()
        #expect(result.withLock { $0 } == 1)
    }

    @Test func futexSeesChangeTimeoutAndWake() throws {
        let file = try MemoryFile.create(name: "futex", size: 4096)
        let mapping = try MemoryMapping(descriptor: file.descriptor, length: 4096, access: .readWrite)
        let address = UInt(bitPattern: unsafe mapping.base)
        @Sendable func word() -> UnsafeMutablePointer<Atomic<UInt32>> {
            unsafe UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
        }
        #expect(try unsafe Futex.wait(on: word(), expected: 1) == .changed)
        #expect(try unsafe Futex.wait(on: word(), expected: 0, timeout: .microseconds(100)) == .timedOut)
        #expect(try unsafe Futex.wake(word()) == 0)
        try withThread(
            {
                // Woken by the other mapping of the page, as another process would.
                while unsafe word().pointee.load(ordering: .acquiring) == 0 {
                    _ = unsafe try? Futex.wait(on: word(), expected: 0)
                }
            },
            meanwhile: {
                let other = try MemoryMapping(descriptor: file.descriptor, length: 4096, access: .readWrite)
                let alias = unsafe other.base.assumingMemoryBound(to: Atomic<UInt32>.self)
                unsafe alias.pointee.store(1, ordering: .releasing)
                _ = try unsafe Futex.wake(alias, count: .max)
            })
        extendLifetime(mapping)
    }

    /// Runs a body on a thread of its own, and something here meanwhile.
    private func withThread(
        _ body: @Sendable @escaping () -> Void, meanwhile: () throws -> Void = {}
    ) throws {
        var thread = try SystemThread.start(name: "test", body)
        try meanwhile()
        thread.join()
        thread.join()
    }
}
