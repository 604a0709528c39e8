import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

/// Fences between the threads of one process.
@Suite struct FenceTests {
    @Test func aSignalEndsAFenceOnce() throws {
        let signal = FenceSignal(name: "work")
        let fence = signal.fence
        #expect(fence.name == "work")
        #expect(fence.status == nil)
        #expect(!fence.isSignaled)
        signal.signal()
        #expect(fence.status == .succeeded)
        #expect(fence.isSignaled)
        #expect(try fence.wait(until: MonotonicTime(nanoseconds: 0)) == .succeeded)
        // What the end of the signal would have said came too late.
        fence.complete(.failed(.ioError))
        #expect(fence.status == .succeeded)
    }

    @Test func aFailureIsToldToAll() throws {
        let signal = FenceSignal()
        let fence = signal.fence
        signal.fail(.ioError)
        #expect(fence.status == .failed(.ioError))
        #expect(try fence.wait() == .failed(.ioError))
    }

    @Test(arguments: [0, -5, 4096, CInt.max]) func aFailureWithoutAnErrnoIsOne(_ number: CInt) {
        let signal = FenceSignal()
        let fence = signal.fence
        signal.fail(Errno(rawValue: number))
        #expect(fence.status == .failed(.invalidArgument))
    }

    @Test func aDroppedSignalCancels() {
        func begin() throws -> Fence {
            let signal = FenceSignal()
            if signal.fence.status == nil { throw Stop(fence: signal.fence) }
            signal.signal()
            return .alreadySignaled
        }
        do {
            _ = try begin()
            Issue.record("it went on")
        } catch let stop as Stop {
            #expect(stop.fence.status == .failed(.canceled))
        } catch {
            Issue.record(error)
        }
    }

    private struct Stop: Error {
        let fence: Fence
    }

    @Test func aWaitEndsNotBeforeItsDeadline() {
        let signal = FenceSignal()
        let deadline = MonotonicTime.now() + MonotonicDuration.milliseconds(3)
        expectCode(.system, .timedOut) { try signal.fence.wait(until: deadline) }
        #expect(MonotonicTime.now() >= deadline)
        // A deadline in the past only looks.
        expectCode(.system, .timedOut) { try signal.fence.wait(until: MonotonicTime(nanoseconds: 0)) }
        signal.signal()
    }

    /// Whichever comes first, sleep or signal: a wake that is missing once leaves a thread asleep.
    @Test func everySleeperIsWoken() throws {
        let rounds = 500
        let signals = (0..<rounds).map { _ in KeptSignal() }
        let fences = signals.map(\.fence)
        let waiters = try (0..<3).map { _ in
            try Worker { try fences.map { try $0.wait() } }
        }
        for signal in signals {
            signal.signal()
            // Lets the others come to rest before the next.
            sched_yield()
        }
        for waiter in waiters {
            #expect(try waiter.join() == [Fence.Status](repeating: .succeeded, count: rounds))
        }
    }

    @Test func whatWasWrittenBeforeIsSeen() throws {
        let cell = Locked(0)
        let signal = FenceSignal()
        let fence = signal.fence
        let reader = try Worker {
            try fence.wait()
            return cell.withLock { $0 }
        }
        cell.withLock { $0 = 7 }
        signal.signal()
        #expect(try reader.join() == 7)
    }

    @Test func fencesOfATimelineHaveAnOrder() {
        let timeline = FenceTimeline(name: "camera")
        let first = timeline.makeSignal()
        let second = timeline.makeSignal()
        let other = FenceTimeline(name: "display").makeSignal()
        #expect(second.fence.isLater(than: first.fence))
        #expect(!first.fence.isLater(than: second.fence))
        #expect(!first.fence.isLater(than: first.fence))
        #expect(!second.fence.isLater(than: other.fence))
        #expect(!other.fence.isLater(than: second.fence))
        #expect(first.fence.context == timeline.context)
        #expect(first.fence.name == "camera")
        #expect(FenceSignal().fence.context != FenceSignal().fence.context)
    }

    @Test func noDescriptorIsNeeded() async {
        // In a process of its own, since the table of descriptors is of the whole process.
        await #expect(processExitsWith: .success) {
            let live = OwnedDescriptor.liveCount
            var fences: [Fence] = []
            for _ in 0..<100 {
                let signal = FenceSignal()
                fences.append(signal.fence)
                #expect(OwnedDescriptor.liveCount == live)
                signal.signal()
            }
            let status = try Fence.merging(fences).wait()
            #expect(status == .succeeded)
            #expect(OwnedDescriptor.liveCount == live)
        }
    }
}
