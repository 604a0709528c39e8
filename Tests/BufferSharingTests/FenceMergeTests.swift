import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

@Suite struct FenceMergeTests {
    @Test func aMergeIsDoneWhenAllAre() throws {
        let signals = (0..<3).map { _ in KeptSignal() }
        let merged = Fence.merging(signals.map(\.fence))
        for signal in signals.reversed() {
            #expect(merged.status == nil)
            expectCode(.system, .timedOut) { try merged.wait(until: MonotonicTime(nanoseconds: 0)) }
            signal.signal()
        }
        #expect(merged.status == .succeeded)
    }

    /// The first in the list that failed, not the first in time.
    @Test func aMergeFailsAsOneOfThem() throws {
        let signals = (0..<3).map { _ in KeptSignal() }
        let merged = Fence.merging(signals.map(\.fence))
        signals[2].fail(.noSpace)
        #expect(merged.status == nil)
        signals[1].fail(.ioError)
        signals[0].signal()
        #expect(try merged.wait() == .failed(.ioError))
        #expect(merged.status == .failed(.ioError))
        // A failure from before counts too.
        #expect(Fence.merging([signals[0].fence, signals[2].fence]).status == .failed(.noSpace))
    }

    @Test func aMergeOfLittleIsNoMerge() {
        let signal = FenceSignal()
        #expect(Fence.merging([]) === Fence.alreadySignaled)
        #expect(Fence.merging([signal.fence]) === signal.fence)
        #expect(Fence.merging([.alreadySignaled, signal.fence, signal.fence]) === signal.fence)
        #expect(Fence.alreadySignaled.status == .succeeded)
        signal.signal()
        #expect(Fence.merging([Fence.alreadySignaled]) === Fence.alreadySignaled)
    }

    @Test func ofATimelineOnlyTheLatestCounts() {
        let timeline = FenceTimeline(name: "device")
        let signals = (0..<3).map { _ in KeptSignal(on: timeline) }
        #expect(Fence.merging([signals[1], signals[2], signals[0]].map(\.fence)) === signals[2].fence)
        let other = FenceSignal()
        let merged = Fence.merging([signals[1].fence, other.fence, signals[2].fence])
        #expect(merged.flattened.count == 2)
        // Merged again it is the same fences, not a group of groups.
        let again = Fence.merging([signals[0].fence, merged])
        #expect(again.flattened.map(\.sequenceNumber) == [3, 1])
    }

    @Test func aSleeperOnAMergeIsWokenByTheLast() throws {
        let signals = (0..<4).map { _ in KeptSignal() }
        let elsewhere = try Fence(adopting: signals[3].fence.exportDescriptor())
        let merged = Fence.merging(signals[..<3].map(\.fence) + [elsewhere])
        let waiter = try Worker { try merged.wait() }
        for signal in signals { signal.signal() }
        #expect(try waiter.join() == .succeeded)
    }

    @Test func aMergePollsAsOneDescriptor() throws {
        let signals = (0..<3).map { _ in KeptSignal() }
        let elsewhere = try Fence(adopting: signals[2].fence.exportDescriptor())
        let merged = Fence.merging([signals[0].fence, signals[1].fence, elsewhere])
        let first = try merged.exportDescriptor()
        let second = try Fence(adopting: merged.exportDescriptor())
        for signal in [signals[2], signals[0]] {
            signal.signal()
            // It is another thread that ends it: time for one that does so too early.
            expectCode(.system, .timedOut) { try second.wait(until: .now() + MonotonicDuration.milliseconds(2)) }
            #expect(try !isReadable(first))
        }
        signals[1].fail(.ioError)
        #expect(try first.wait(for: .input, timeout: .seconds(60)).contains(.input))
        #expect(try second.wait(until: farDeadline) == .failed(.ioError))
        #expect(try Fence(adopting: first).status == .failed(.ioError))
        // What is done already needs no thread.
        #expect(try Fence(adopting: merged.exportDescriptor()).status == .failed(.ioError))
    }

    @Test func manyMergesAreWatchedByOneThread() async {
        await #expect(processExitsWith: .success) {
            let live = OwnedDescriptor.liveCount
            let open = try openSocketCount()
            for round in 0..<3 {
                let signals = (0..<20).map { _ in KeptSignal() }
                var imported: [Fence] = []
                for index in 1..<20 {
                    let merged = Fence.merging([signals[index - 1].fence, signals[index].fence])
                    imported.append(try Fence(adopting: merged.exportDescriptor()))
                }
                // Later an earlier one may be seen that is just ending.
                if round == 0 { #expect(try watcherThreads() == 1) }
                for index in [1, 0] + Array(2..<20) { signals[index].signal() }
                for fence in imported { #expect(try fence.wait(until: farDeadline) == .succeeded) }
                FenceWatcher.shared.waitUntilIdle()
            }
            #expect(OwnedDescriptor.liveCount == live)
            #expect(try openSocketCount() == open)
        }
    }

    /// What has ended is no longer waited for, although another descriptor of the same socket stays open: or the thread
    /// would never sleep again.
    @Test func whatHasEndedIsNotWatched() async {
        await #expect(processExitsWith: .success) {
            let signals = (0..<2).map { _ in KeptSignal() }
            let elsewhere = try Fence(adopting: signals[0].fence.exportDescriptor())
            let merged = try Fence(adopting: Fence.merging([elsewhere, signals[1].fence]).exportDescriptor())
            var watched = try watchedDescriptors()
            #expect(watched == 2)
            signals[0].signal()
            let deadline = farDeadline
            while watched != 1, MonotonicTime.now() < deadline {
                sched_yield()
                watched = try watchedDescriptors()
            }
            #expect(watched == 1)
            #expect(elsewhere.isSignaled)
            signals[1].signal()
            #expect(try merged.wait(until: farDeadline) == .succeeded)
        }
    }

    /// A merge that nobody can export leaves nothing behind, and can be exported later.
    @Test func aFailedExportOfAMergeIsUndone() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 256, rlim_max: 256)
            #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let signals = (0..<4).map { _ in KeptSignal() }
            let merged = Fence.merging(signals.map(\.fence))
            let live = OwnedDescriptor.liveCount
            do {
                var fillers: [Filler] = []
                while let filler = try? Filler() { fillers.append(filler) }
                // Two are needed for each fence, two for the merged one, one for the thread: one is missing at each
                // place in turn.
                var failures = 0
                while true {
                    do throws(BufferSharingError) {
                        _ = try merged.exportDescriptor()
                        break
                    } catch {
                        #expect(error.errno == .tooManyOpenFiles)
                        failures += 1
                        fillers.removeLast()
                    }
                }
                #expect(failures >= 8)
            }
            for signal in signals { signal.signal() }
            #expect(merged.status == .succeeded)
            FenceWatcher.shared.waitUntilIdle()
            #expect(OwnedDescriptor.liveCount == live)
        }
    }

    /// A file that can't be waited for among the members: those before it are no longer watched.
    @Test func aFailedWatchIsUndone() async {
        await #expect(processExitsWith: .success) {
            let live = OwnedDescriptor.liveCount
            let signal = KeptSignal()
            do {
                let file = try MemoryFile.create(name: "file", size: 4096)
                let odd = Fence(vettedSyncFile: file.intoDescriptor(), name: "file")
                let group = FenceGroup([signal.fence, odd])
                #expect(throws: Errno.notPermitted) { _ = try group.relay() }
            }
            signal.signal()
            #expect(OwnedDescriptor.liveCount == live)
        }
    }

    private final class Filler: Sendable {
        let descriptor: OwnedDescriptor

        init() throws(Errno) {
            descriptor = try Files.open("/dev/null", .readOnly)
        }
    }
}

/// How many threads of this process wait for fences on behalf of others.
private func watcherThreads() throws -> Int {
    try Files.list("/proc/self/task").count { thread in
        let name = try? Files.read("/proc/self/task/\(thread)/comm")
        return name == Array("vb2-fences\n".utf8)
    }
}

/// How many descriptors are in the epoll that has fences in it: the test's own machinery has others.
private func watchedDescriptors() throws -> Int {
    for name in try Files.list("/proc/self/fd") {
        guard let target = try? Files.target(ofLink: "/proc/self/fd/\(name)"), target.contains("[eventpoll]"),
            let text = try? Files.read("/proc/self/fdinfo/\(name)")
        else { continue }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("tfd:") }
        let numbers = lines.compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int32($0) } }
        if numbers.contains(where: isFenceSocket) { return lines.count }
    }
    return 0
}
