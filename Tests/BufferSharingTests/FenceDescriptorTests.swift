import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

/// Fences as descriptors, here within one process: what a holder sees, and what it can do.
@Suite struct FenceDescriptorTests {
    @Test(arguments: [Fence.Status.succeeded, .failed(.ioError), .failed(.canceled)])
    func anExportTellsHowItEnded(_ status: Fence.Status) throws {
        let signal = KeptSignal()
        let early = try Fence(adopting: signal.fence.exportDescriptor())
        #expect(early.status == nil)
        signal.fence.complete(status)
        let late = try Fence(adopting: signal.fence.exportDescriptor())
        #expect(early.status == status)
        #expect(late.status == status)
        #expect(try early.wait() == status)
        #expect(early.context != signal.fence.context)
    }

    /// Whoever looks takes nothing away.
    @Test func aSignaledDescriptorStaysReadable() throws {
        let signal = FenceSignal()
        let descriptor = try signal.fence.exportDescriptor()
        #expect(try descriptor.isCloseOnExec())
        let poll = try EventPoll()
        try poll.add(descriptor.raw, events: .input, token: 5)
        var batch = EventBatch()
        try poll.wait(into: &batch, timeout: .zero)
        #expect(batch.count == 0)
        #expect(try !isReadable(descriptor))
        signal.signal()
        for _ in 0..<3 {
            #expect(try isReadable(descriptor))
            try poll.wait(into: &batch, timeout: .zero)
            #expect(batch.count == 1)
            #expect(try Fence(adopting: descriptor.duplicate()).status == .succeeded)
        }
    }

    @Test func severalWaitOnOneDescriptor() throws {
        let signal = FenceSignal()
        let descriptor = try signal.fence.exportDescriptor()
        let shared = try Fence(adopting: descriptor.duplicate())
        let fences = try [shared, shared, Fence(adopting: descriptor.duplicate())]
        let waiters = try fences.map { fence in try Worker { try fence.wait() } }
        let raw = descriptor.raw
        let poller = try Worker {
            let file = OwnedDescriptor(adopting: raw)
            let ready = try file.wait(for: .input, timeout: .seconds(60))
            _ = file.relinquish()
            return ready.contains(.input)
        }
        signal.signal()
        for waiter in waiters { #expect(try waiter.join() == .succeeded) }
        #expect(try poller.join())
        extendLifetime(descriptor)
    }

    @Test func anImportGoesOnAsADescriptor() throws {
        let signal = FenceSignal()
        let first = try Fence(adopting: signal.fence.exportDescriptor())
        let second = try Fence(adopting: first.exportDescriptor())
        signal.fail(.ioError)
        #expect(second.status == .failed(.ioError))
        #expect(first.status == .failed(.ioError))
    }

    @Test func aWaitEndsNotBeforeItsDeadline() throws {
        let signal = FenceSignal()
        let fence = try Fence(adopting: signal.fence.exportDescriptor())
        let deadline = MonotonicTime.now() + MonotonicDuration.milliseconds(3)
        expectCode(.system, .timedOut) { try fence.wait(until: deadline) }
        #expect(MonotonicTime.now() >= deadline)
        expectCode(.system, .timedOut) { try fence.wait(until: MonotonicTime(nanoseconds: 0)) }
        signal.signal()
        #expect(try fence.wait(until: MonotonicTime(nanoseconds: 0)) == .succeeded)
    }

    /// Known once, it isn't looked up again: there is nothing left to look at.
    @Test func whatWasSeenStaysKnown() throws {
        let signal = FenceSignal()
        let descriptor = try signal.fence.exportDescriptor()
        let fence = try Fence(adopting: descriptor.duplicate())
        signal.signal()
        #expect(fence.status == .succeeded)
        _ = try receive(UnixSocket(adopting: descriptor.duplicate()), limit: 8)
        #expect(fence.status == .succeeded)
        #expect(try Fence(adopting: descriptor).status == .failed(.ownerDead))
    }

    /// A holder who means harm can spoil its own descriptor, not another, and can't make a success.
    @Test func aHolderCanSpoilOnlyItsOwn() throws {
        let signal = FenceSignal()
        let honest = try Fence(adopting: signal.fence.exportDescriptor())
        let spoilt = try signal.fence.exportDescriptor()
        let victim = try Fence(adopting: spoilt.duplicate())
        let socket = UnixSocket(adopting: spoilt)
        #expect(throws: Errno.brokenPipe) { try send(socket, Array(repeating: 0, count: 8)) }
        #expect(victim.status == nil)
        try socket.shutdown(.both)
        #expect(victim.status == .failed(.ownerDead))
        #expect(honest.status == nil)
        signal.signal()
        #expect(honest.status == .succeeded)
    }

    /// Readable, with a message that can't be seen: the wait ends, rather than to spin.
    @Test func aHiddenMessageIsAFailure() throws {
        let pair = try UnixSocket.pair(kind: .sequencedPacket)
        let fence = try Fence(adopting: pair.first.descriptor.duplicate())
        var offset: Int32 = 8
        let size = socklen_t(MemoryLayout<Int32>.size)
        #expect(unsafe setsockopt(pair.first.descriptor.raw, SOL_SOCKET, SO_PEEK_OFF, &offset, size) == 0)
        var word = FenceMessage(.succeeded).word
        _ = try unsafe withUnsafeBytes(of: &word) { try unsafe pair.second.send($0) }
        #expect(try isReadable(pair.first.descriptor))
        #expect(try fence.wait(until: farDeadline) == .failed(.badMessage))
    }

    @Test func strangersMessagesAreFailures() throws {
        for bytes in [[UInt8](repeating: 0, count: 8), [0x76, 0x62, 0x32, 0x46], Array("hello, world".utf8)] {
            let pair = try UnixSocket.pair(kind: .sequencedPacket)
            let fence = try Fence(adopting: pair.first.descriptor.duplicate())
            #expect(fence.status == nil)
            _ = try send(pair.second, bytes, [0])
            #expect(fence.status == .failed(.badMessage))
        }
        // One that was never connected can't wait for anybody.
        let place = try MeetingPlace()
        let lonely = try Fence(adopting: place.listener.duplicate())
        #expect(lonely.status == .failed(.socketNotConnected))
    }

    /// The signaller left something unread: ECONNRESET comes first, and the message behind it is still seen.
    @Test func aResetIsNotTheEnd() throws {
        let pair = try UnixSocket.pair(kind: .sequencedPacket)
        let fence = try Fence(adopting: pair.first.descriptor.duplicate())
        _ = try send(pair.first, [1])
        var word = FenceMessage(.succeeded).word
        _ = try unsafe withUnsafeBytes(of: &word) { try unsafe pair.second.send($0) }
        try pair.split { first, second in
            try second.intoDescriptor().close()
            #expect(fence.status == .succeeded)
            extendLifetime(first)
        }
    }

    @Test func otherFilesAreRefused() throws {
        let reaper = DescriptorReaper()
        try refuse(Pipe.create().intoRead(), reaper)
        try refuse(EventDescriptor().descriptor.duplicate(), reaper)
        try refuse(Files.open("/dev/null", .readWrite), reaper)
        try refuse(MemoryFile.create(name: "memory", size: 4096).intoDescriptor(), reaper)
        try refuse(UnixSocket.pair(kind: .stream).split { first, _ in first.intoDescriptor() }, reaper)
        reaper.waitUntilIdle()
        #expect(reaper.abandonedCount == 0)
        #expect(reaper.pendingCount == 0)
    }

    private func refuse(
        _ descriptor: consuming OwnedDescriptor, _ reaper: DescriptorReaper,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let copy = try descriptor.duplicate()
        do {
            _ = try Fence(adopting: descriptor, reaper: reaper)
            Issue.record("it was taken", sourceLocation: sourceLocation)
        } catch {
            #expect(error.errno == .invalidArgument, sourceLocation: sourceLocation)
        }
        do {
            _ = try Fence(adoptingSyncFile: copy, reaper: reaper)
            Issue.record("it was taken", sourceLocation: sourceLocation)
        } catch {
            #expect(error.errno == .invalidArgument, sourceLocation: sourceLocation)
        }
    }

    /// What a sync_file does for a fence, an event descriptor does as well, except to say how it ended.
    @Test func aDescriptorThatOnlyPollsIsAFence() throws {
        let event = try EventDescriptor()
        let fence = Fence(vettedSyncFile: try event.descriptor.duplicate(), name: "kernel")
        let deadline = MonotonicTime.now() + MonotonicDuration.milliseconds(2)
        #expect(fence.status == nil)
        expectCode(.system, .timedOut) { try fence.wait(until: deadline) }
        #expect(MonotonicTime.now() >= deadline)
        let waiter = try Worker { try fence.wait() }
        let again = Fence(vettedSyncFile: try fence.exportDescriptor(), name: "again")
        event.signal()
        #expect(try waiter.join() == .succeeded)
        #expect(again.status == .succeeded)
    }

    @Test func nothingIsLeftOpen() async {
        await #expect(processExitsWith: .success) {
            let reaper = DescriptorReaper()
            let live = OwnedDescriptor.liveCount
            let open = try openSocketCount()
            for round in 0..<50 {
                let signal = FenceSignal()
                let first = try Fence(adopting: signal.fence.exportDescriptor())
                let second = try Fence(adopting: first.exportDescriptor())
                #expect(throws: BufferSharingError.self) {
                    _ = try Fence(adopting: Pipe.create().intoRead(), reaper: reaper)
                }
                // Signalled, failed and dropped in turn; and one that nobody waits for.
                _ = try signal.fence.exportDescriptor()
                if round % 3 == 0 { signal.signal() } else if round % 3 == 1 { signal.fail(.ioError) }
                if round % 3 != 2 { #expect(second.isSignaled) }
            }
            // One that is long in coming, and many who asked and went away.
            let slow = FenceSignal()
            for _ in 0..<50 {
                _ = try slow.fence.exportDescriptor()
                #expect(OwnedDescriptor.liveCount <= live + 1)
            }
            slow.signal()
            reaper.waitUntilIdle()
            #expect(OwnedDescriptor.liveCount == live)
            #expect(try openSocketCount() == open)
        }
    }
}
