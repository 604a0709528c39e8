import LinuxSystem
import Testing

@testable import BufferSharing

/// The fences on a buffer.
@Suite struct ReservationFenceTests {
    let reservation = Reservation()
    let writer = KeptSignal()
    let reader = KeptSignal()

    private func add(_ fence: Fence, _ usage: FenceUsage) {
        reservation.withLock { $0.add(fence, usage) }
    }

    private func pending(_ usage: FenceUsage) -> Set<ObjectIdentifier> {
        Set(reservation.fences(for: usage).map(ObjectIdentifier.init))
    }

    private func identities(_ signals: KeptSignal...) -> Set<ObjectIdentifier> {
        Set(signals.map { ObjectIdentifier($0.fence) })
    }

    @Test func anUnusedBufferIsWaitedForByNobody() throws {
        #expect(reservation.test(for: .write))
        #expect(reservation.test(for: .read))
        try reservation.wait(for: .write, until: MonotonicTime(nanoseconds: 0))
        #expect(reservation.fence(for: .write) === Fence.alreadySignaled)
    }

    @Test func aReaderWaitsForWritersAndAWriterForAll() throws {
        add(writer.fence, .write)
        add(reader.fence, .read)
        #expect(pending(.read) == identities(writer))
        #expect(pending(.write) == identities(writer, reader))
        #expect(!reservation.test(for: .read))
        expectCode(.system, .timedOut) { try reservation.wait(for: .read, until: MonotonicTime(nanoseconds: 0)) }
        writer.signal()
        #expect(reservation.test(for: .read))
        #expect(!reservation.test(for: .write))
        try reservation.wait(for: .read, until: MonotonicTime(nanoseconds: 0))
        let deadline = MonotonicTime.now() + MonotonicDuration.milliseconds(2)
        expectCode(.system, .timedOut) { try reservation.wait(for: .write, until: deadline) }
        #expect(MonotonicTime.now() >= deadline)
        reader.fail(.ioError)
        // Failed work is over too.
        try reservation.wait(for: .write, until: MonotonicTime(nanoseconds: 0))
        #expect(reservation.test(for: .write))
    }

    @Test func aWaitEndsWithTheLast() throws {
        add(writer.fence, .write)
        add(reader.fence, .read)
        let waiter = try Worker { [reservation] in try reservation.wait(for: .write) }
        reader.signal()
        writer.signal()
        try waiter.join()
    }

    @Test func fencesThatAreDoneAreDropped() throws {
        weak var dropped: Fence?
        do {
            let signal = FenceSignal()
            dropped = signal.fence
            add(signal.fence, .write)
            #expect(dropped != nil)
            signal.signal()
        }
        // Not before somebody looks.
        #expect(dropped != nil)
        add(reader.fence, .read)
        #expect(dropped == nil)
        reader.signal()
        add(reader.fence, .write)
        #expect(reservation.test(for: .write))
    }

    @Test func ofATimelineTheLatestReplacesTheEarlier() {
        let timeline = FenceTimeline(name: "device")
        let signals = (0..<4).map { _ in KeptSignal(on: timeline) }
        add(signals[0].fence, .read)
        add(signals[1].fence, .read)
        #expect(pending(.write) == identities(signals[1]))
        // One that came before says nothing new.
        add(signals[0].fence, .read)
        add(signals[1].fence, .read)
        #expect(pending(.write) == identities(signals[1]))
        // A write says more than a read before it, a read less than a write before it.
        add(signals[2].fence, .write)
        #expect(pending(.write) == identities(signals[2]))
        add(signals[3].fence, .read)
        #expect(pending(.write) == identities(signals[2], signals[3]))
        #expect(pending(.read) == identities(signals[2]))
        add(writer.fence, .write)
        #expect(pending(.read) == identities(signals[2], writer))
    }

    @Test func aMergedFenceIsAddedInParts() {
        let timeline = FenceTimeline(name: "device")
        let first = KeptSignal(on: timeline)
        let second = KeptSignal(on: timeline)
        add(Fence.merging([first.fence, writer.fence]), .write)
        #expect(pending(.read) == identities(first, writer))
        add(second.fence, .write)
        #expect(pending(.read) == identities(second, writer))
    }

    /// What is added later isn't in it.
    @Test func aSnapshotIsAFence() throws {
        add(writer.fence, .write)
        let forReader = reservation.fence(for: .read)
        #expect(forReader === writer.fence)
        add(reader.fence, .read)
        let forWriter = reservation.fence(for: .write)
        let later = KeptSignal()
        add(later.fence, .write)
        writer.signal()
        #expect(forWriter.status == nil)
        reader.signal()
        #expect(forWriter.status == .succeeded)
        #expect(!reservation.test(for: .read))
    }

    @Test func fencesFromElsewhereCount() throws {
        add(try Fence(adopting: writer.fence.exportDescriptor()), .write)
        #expect(!reservation.test(for: .read))
        writer.signal()
        #expect(reservation.test(for: .read))
    }
}
