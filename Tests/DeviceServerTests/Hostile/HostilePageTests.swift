import BufferQueue
import CVideoABI
import HostileSupport
import LinuxSystem
import Testing

@testable import DeviceServer

/// Words in the shared page that can't be, one kind in each test.
@Suite struct HostilePageTests {
    private static let capture = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
    private static let mmap = V4L2_MEMORY_MMAP.rawValue

    /// Without `wrappingAdd` in `HandlePage.countWake` and `countAllocation` the server traps.
    @Test func countersThatWouldOverflow() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        try bench.prepare(client)
        let page = try #require(client.page)
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        page[VB2_AT_ALLOCATION] = .max
        page[VB2_AT_WAKES_SENT] = .max
        page[VB2_AT_WAKES_PAID] = .max
        #expect(try bench.ask(client, .stream(on: false, type: Self.capture))?.result == 0)
        #expect(try bench.ask(client, .requestBuffers(0, type: Self.capture, memory: Self.mmap))?.result == 0)
        #expect(page[VB2_AT_ALLOCATION] < 8 && page[VB2_AT_WAKES_SENT] < 8)
        #expect(bench.log.cutOffs.isEmpty)
    }

    /// Between the look at the count and the next frame. Without `wrappingAdd` in `HandlePage.announceDone` the server
    /// traps.
    @Test func aDoneCountThatWouldOverflow() throws {
        let device = HookedDevice(CountingDevice())
        let bench = try SteppedBench([device])
        let client = try bench.open()
        try bench.prepare(client)
        let page = try #require(client.page)
        device.onService = {
            if device.queue.state.queuedCount == 0 { return }
            page[VB2_AT_DONE] = .max
            page[VB2_AT_DONE + 4] = .max
        }
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        // It has wrapped around, which looks as if the program had taken the frame.
        #expect(page[VB2_AT_DONE] == 0)
        device.onService = {}
        #expect(try bench.ask(client, .capability)?.result == 0)
    }

    /// Without the check of `left` in `RingBridge.takeDequeued` buffers are taken that were never done.
    @Test func aDoneCountThatRises() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        try bench.prepare(client)
        let page = try #require(client.page)
        page[VB2_AT_DONE] = 1
        try client.send(.capability)
        bench.server.settle()
        #expect(bench.log.cutOffs == ["video0: a program was cut off: its page says what can't be (doneCountRose)"])
    }

    /// Without the check of `tail` in `RingBridge.drain` the server walks through 2^32 entries.
    @Test func aQueuedTailThatLeaps() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        try bench.prepare(client)
        let page = try #require(client.page)
        page[VB2_AT_QUEUED_TAIL] = UInt32(page.ringCapacity) + 1
        try client.send(.wake)
        bench.server.settle()
        #expect(bench.log.cutOffs == ["video0: a program was cut off: its page says what can't be (queuedRingOverrun)"])
    }

    /// Without the check of `index` in `RingBridge.enqueue` the page is written to beyond its end; without `isThere`
    /// the queue's array is.
    @Test func indicesThatAreNone() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        try bench.prepare(client, buffers: 3)
        let page = try #require(client.page)
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        for index: UInt32 in [3, 31, 32, 33, 1 << 16, .max - 1, .max] {
            page.forge(index: index, epoch: page.epoch)
            #expect(try bench.ask(client, .capability)?.result == 0)
        }
        #expect(bench.log.cutOffs.isEmpty)
    }

    /// A buffer that is queued already, by an entry of now and by one of another epoch. Without `isCurrent` in
    /// `RingBridge.enqueue` the second would be taken.
    @Test func entriesThatAreNotTheirs() throws {
        let device = CountingDevice(minimumQueued: 2)
        let bench = try SteppedBench([device])
        let client = try bench.open()
        let page = try #require(client.page)
        #expect(
            try bench.ask(client, .requestBuffers(2, type: Self.capture, memory: Self.mmap))?.result == 0)
        page.forge(index: 0, epoch: page.epoch &+ 1)
        #expect(try bench.ask(client, .capability)?.result == 0)
        #expect(device.queue.state.queuedCount == 0)
        for _ in 0..<2 { page.forge(index: 0, epoch: page.epoch) }
        #expect(try bench.ask(client, .capability)?.result == 0)
        #expect(device.queue.state.queuedCount == 1)
    }

    /// Somebody else's page. Without `serves` in `Session.receive` the innocent's request is never answered.
    @Test func anotherHandleStillGetsItsAnswer() throws {
        let bench = try SteppedBench()
        let owner = try bench.open()
        let other = try bench.open()
        try bench.prepare(owner)
        try #require(owner.page)[VB2_AT_QUEUED_TAIL] = 1 << 20
        try other.send(.requestBuffers(2, type: Self.capture, memory: Self.mmap))
        bench.server.settle()
        // And the device is free for it.
        #expect(try other.takeAnswer()?.result == 0)
        #expect(bench.log.cutOffs.count == 1 && owner.isCutOff && !other.isCutOff)
    }

    /// A thread that writes to the ring whenever the device has just fallen asleep. Without the limit in
    /// `DeviceHost.pump` the loop never gets to anybody else.
    @Test func aRingThatIsNeverEmpty() throws {
        let device = HookedDevice(CountingDevice())
        let bench = try SteppedBench([device])
        let client = try bench.open()
        try bench.prepare(client)
        let page = try #require(client.page)
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        let before = device.serviceCount
        device.onService = {
            if device.serviceCount < before + 1000 { page.forge(index: 99, epoch: page.epoch) }
        }
        try client.send(.wake)
        bench.server.turn()
        // 16 looks after the message, and 16 in the same turn for the device that had more to do.
        #expect(device.serviceCount - before <= 32)
        device.onService = {}
        #expect(try bench.ask(client, .capability)?.result == 0)
    }

    /// Both mutexes are the programs' own. The server takes neither, so whatever is in them holds nobody up.
    @Test func locksThatAreHeldForEver() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        try bench.prepare(client)
        let page = try #require(client.page)
        for place in stride(from: VB2_AT_LOCK, to: VB2_AT_WAITER_LOCK + 64, by: 4) { page[place] = .max }
        page[VB2_AT_SLEEPERS] = .max
        page[VB2_AT_WAITER] = .max
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        #expect(try bench.ask(client, .sync(ringAgain: true))?.result == 0)
        #expect(try bench.ask(client, .stream(on: false, type: Self.capture))?.result == 0)
    }
}
