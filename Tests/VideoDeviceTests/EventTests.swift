import CVideoABI
import SystemPackage
import Testing
import V4L2Types

@testable import VideoDevice

@Suite struct EventTests {
    private func subscribe(
        _ bench: Bench, _ kind: EventKind, _ id: UInt32, _ flags: EventSubscription.Flags = [],
        on handle: OpenHandle? = nil
    ) -> IoctlReply {
        var c = v4l2_event_subscription()
        EventSubscription(kind: kind, id: id, flags: flags).encode(into: &c)
        return bench.ioctl(Ioctl.subscribeEvent.command, &c, on: handle)
    }

    private func dequeue(_ bench: Bench, on handle: OpenHandle? = nil) -> (IoctlReply, v4l2_event) {
        var c = v4l2_event()
        return (bench.ioctl(Ioctl.dequeueEvent.command, &c, on: handle), c)
    }

    private func setBrightness(_ bench: Bench, _ value: Int32, on handle: OpenHandle? = nil) {
        var c = v4l2_control(id: ControlID.brightness.rawValue, value: value)
        _ = bench.ioctl(Ioctl.setControl.command, &c, on: handle)
    }

    private let brightness = ControlID.brightness.rawValue

    @Test func initialEvents() throws {
        let bench = Bench()
        for control in try #require(bench.camera.controls).controls {
            let reply = subscribe(bench, .control, control.id.rawValue, .sendInitial)
            #expect(reply == .success)
            let (dequeued, c) = dequeue(bench)
            guard control.description.type != .controlClass else {
                #expect(dequeued == .failure(.noSuchFileOrDirectory))
                continue
            }
            #expect(dequeued == .success)
            #expect(c.id == control.id.rawValue && c.pending == 0)
            #expect(c.timestamp.tv_sec == 5 && c.timestamp.tv_nsec == 1)
            guard case .control(let change) = try VideoEvent(c).content else { continue }
            let isButton = control.description.type == .button
            #expect(change.changes == (isButton ? .flags : [.flags, .value]))
        }
    }

    @Test func changesGoToTheOthers() throws {
        let bench = Bench()
        let other = bench.handles.open(isReadable: true, isWritable: true)
        #expect(subscribe(bench, .control, brightness) == .success)
        #expect(subscribe(bench, .control, brightness, on: other) == .success)
        setBrightness(bench, 50)
        #expect(bench.handle.pendingEventCount == 0)
        let event = try VideoEvent(dequeue(bench, on: other).1)
        guard case .control(let change) = event.content else {
            Issue.record("no control event")
            return
        }
        #expect(change.value == 50 && change.changes == .value && change.maximum == 250)
        try bench.camera.controls?.setValue(60, of: .brightness)
        #expect(bench.handle.pendingEventCount == 1 && other.pendingEventCount == 1)
    }

    @Test func feedback() {
        let bench = Bench()
        #expect(subscribe(bench, .control, brightness, .allowFeedback) == .success)
        setBrightness(bench, 50)
        #expect(bench.handle.pendingEventCount == 1)
    }

    @Test func aFullSubscriptionKeepsTheLatestWithAllChanges() throws {
        let bench = Bench()
        var counts: [Int] = []
        bench.handle.onEventsChanged = { counts.append($0) }
        #expect(subscribe(bench, .control, brightness, .sendInitial) == .success)
        for value: Int64 in [10, 20, 30] { try bench.camera.controls?.setValue(value, of: .brightness) }
        #expect(counts == [1])
        let (reply, c) = dequeue(bench)
        #expect(reply == .success && c.sequence == 3)
        guard case .control(let change) = try VideoEvent(c).content else {
            Issue.record("no control event")
            return
        }
        #expect(change.value == 30 && change.changes == [.flags, .value])
        #expect(counts == [1, 0])
    }

    @Test func severalSubjectsComeInOrder() throws {
        let bench = Bench()
        #expect(subscribe(bench, .control, brightness) == .success)
        #expect(subscribe(bench, .sourceChange, 0) == .success)
        bench.handles.broadcast(VideoEvent(.sourceChange(.resolution)))
        try bench.camera.controls?.setValue(10, of: .brightness)
        let first = dequeue(bench).1
        #expect(first.type == UInt32(V4L2_EVENT_SOURCE_CHANGE) && first.pending == 1 && first.sequence == 0)
        #expect(dequeue(bench).1.sequence == 1)
    }

    @Test func frameEventsQueueUpToALimit() throws {
        var queue = EventQueue()
        let isFirst = try queue.subscribe(EventSubscription(kind: .frameSync))
        let isSecond = try queue.subscribe(EventSubscription(kind: .frameSync))
        #expect(isFirst && !isSecond)
        for frame: UInt32 in 0..<6 {
            let isTaken = queue.append(VideoEvent(.frameSync(sequence: frame)), nanoseconds: 0)
            #expect(isTaken)
        }
        #expect(queue.count == 4)
        let oldest = queue.popFirst()
        #expect(oldest?.event.content == .frameSync(sequence: 2))
        let isForeignTaken = queue.append(VideoEvent(.endOfStream), nanoseconds: 0)
        #expect(!isForeignTaken)
    }

    @Test func subscriptionsAreBounded() throws {
        var queue = EventQueue()
        for id in 0..<UInt32(EventQueue.maximumSubscriptions) {
            _ = try queue.subscribe(EventSubscription(kind: .frameSync, id: id))
        }
        #expect(throws: Errno.noMemory) {
            _ = try queue.subscribe(EventSubscription(kind: .frameSync, id: .max))
        }
    }

    @Test func unsubscribing() throws {
        let bench = Bench()
        #expect(subscribe(bench, .control, brightness, .sendInitial) == .success)
        #expect(subscribe(bench, .sourceChange, 0) == .success)
        var c = v4l2_event_subscription()
        c.type = EventKind.control.rawValue
        c.id = brightness
        #expect(bench.ioctl(Ioctl.unsubscribeEvent.command, &c) == .success)
        #expect(bench.handle.pendingEventCount == 0)
        #expect(bench.ioctl(Ioctl.unsubscribeEvent.command, &c) == .success)
        bench.handles.broadcast(VideoEvent(.sourceChange(.resolution)))
        #expect(bench.handle.pendingEventCount == 1)
        c.type = 0
        #expect(bench.ioctl(Ioctl.unsubscribeEvent.command, &c) == .success)
        #expect(bench.handle.pendingEventCount == 0)
    }

    @Test func whatCannotBeSubscribedTo() {
        let bench = Bench()
        #expect(subscribe(bench, .control, 1) == .failure(.invalidArgument))
        #expect(subscribe(bench, .endOfStream, 0) == .failure(.invalidArgument))
        #expect(subscribe(bench, .sourceChange, 1) == .failure(.invalidArgument))
        for type: UInt32 in [0, 1, 6, 0x0800_0000] {
            var c = v4l2_event_subscription()
            c.type = type
            #expect(bench.ioctl(Ioctl.subscribeEvent.command, &c) == .failure(.invalidArgument))
        }
    }

    @Test func aBlockingFileWaits() {
        let bench = Bench()
        var c = v4l2_event()
        #expect(bench.ioctl(Ioctl.dequeueEvent.command, &c, isNonBlocking: false) == .wouldBlock)
    }
}
