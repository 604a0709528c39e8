import CVideoABI
import DeviceClient
import HostileSupport
import LinuxSystem
import Testing

@testable import DeviceServer

/// What one user may have of a server, each limit as programs meet it. All programs here are of one user.
@Suite struct LimitTests {
    private func server(
        _ devices: Int = 1, log: RecordingLog? = nil, _ set: (inout ClientLimits) -> Void
    ) throws -> TestServer {
        var limits = ClientLimits(memory: Memory.total)
        set(&limits)
        return try TestServer(
            (0..<devices).map { node in DeviceSpecification(node: node) { CountingDevice(node: node) } },
            limits: limits, log: log)
    }

    /// Without `chargeHandle` in Admission.admit this fails. The count is over all devices, and closing gives back.
    @Test func handles() throws {
        let log = RecordingLog()
        let server = try server(2, log: log) { $0.handles = 3 }
        var open = [try server.connect(0), try server.connect(1), try server.connect(1)]
        #expect(throws: Errno.tooManyOpenFiles) { _ = try server.connect(0) }
        #expect(log.lines.contains { $0.contains("--limit-handles") }, "\(log.lines)")
        open.removeLast()
        // The server learns of the close by and by; until then it may refuse.
        while true {
            do throws(Errno) {
                open.append(try server.connect(0))
                break
            } catch {
                try #require(error == .tooManyOpenFiles)
            }
        }
        #expect(open.count == 3)
    }

    /// Each process beyond the first that speaks on a handle counts as one. Without `chargeHandle` in Session.adopt this
    /// fails.
    @Test func processesOfAHandle() throws {
        let server = try server { $0.handles = 2 }
        let program = try HostileClient(path: "\(server.directory)/video0.vb2")
        try program.open()
        let first = program.control
        try program.open()
        let second = program.control
        try program.adopt()
        #expect(try program.answer() == nil)
        withExtendedLifetime((first, second)) {}
    }

    /// Without the charge for `.buffer` in Queue.addBuffers this fails.
    @Test func buffers() throws {
        let log = RecordingLog()
        let server = try server(2, log: log) { $0.buffers = 3 }
        let first = Program(try server.connect(0))
        let second = Program(try server.connect(1))
        #expect(first.requestBuffers(5) == 3)
        #expect(log.lines.contains { $0.contains("--limit-buffers") }, "\(log.lines)")
        #expect(second.requestBuffers(1) == -ENOMEM)
        #expect(unsafe first.createBuffers(1, size: 4096).result == -ENOMEM)
        #expect(first.requestBuffers(1) == 1)
        #expect(second.requestBuffers(5) == 2)
        #expect(first.requestBuffers(0) == 0)
        #expect(unsafe second.createBuffers(5, size: 4096).create.count == 1)
    }

    /// Without the charge for `.memory` in Queue.allocatePlanes this fails. Planes are charged in whole pages, of the
    /// program's own memory (USERPTR) too, which has a twin here.
    @Test(arguments: [V4L2_MEMORY_MMAP.rawValue, V4L2_MEMORY_USERPTR.rawValue])
    func bytes(_ memory: UInt32) throws {
        let log = RecordingLog()
        let server = try server(2, log: log) { $0.bytes = 4 * 4096 }
        let first = Program(try server.connect(0))
        first.memory = memory
        #expect(first.requestBuffers(3) == 3)
        #expect(unsafe first.createBuffers(1, size: 4097).result == -ENOMEM)
        #expect(log.lines.contains { $0.contains("--limit-bytes") }, "\(log.lines)")
        let second = Program(try server.connect(1))
        #expect(second.requestBuffers(3) == 1)
        #expect(first.requestBuffers(0) == 0)
        #expect(second.requestBuffers(5) == 4)
    }

    /// A program that goes gives all of it back.
    @Test func whatTheDeadHad() throws {
        let server = try server { $0.buffers = 3 }
        do {
            let first = Program(try server.connect())
            #expect(first.requestBuffers(3) == 3)
        }
        let second = Program(try server.connect())
        // EBUSY until the server has heard of the end.
        while true {
            let made = second.requestBuffers(3)
            if made == 3 { break }
            try #require(made == -EBUSY)
        }
    }

    /// Without the charge for `.pin` in Queue.replaceMemory this fails. One that takes another's place needs no more.
    @Test(arguments: ["--limit-pins", "--limit-pinned-bytes"])
    func pins(_ flag: String) throws {
        let log = RecordingLog()
        let server = try server(log: log) {
            if flag == "--limit-pins" { $0.pins = 2 } else { $0.pinnedBytes = 2 * 4096 }
        }
        let program = Program(try server.connect())
        program.memory = V4L2_MEMORY_DMABUF.rawValue
        #expect(program.requestBuffers(3) == 3)
        func queue(_ index: UInt32) throws -> Int32 {
            let memory = try MemoryFile.create(name: "pin", size: 4096).intoDescriptor()
            var buffer = unsafe program.blank(index)
            unsafe buffer.m.fd = memory.raw
            return unsafe program.call(VB2_VIDIOC_QBUF, &buffer)
        }
        #expect(try queue(0) == 0)
        #expect(try queue(1) == 0)
        #expect(try queue(2) == -ENOMEM)
        #expect(log.lines.contains { $0.contains("\(flag) allows more") }, "\(log.lines)")
        #expect(program.streamOff() == 0)
        #expect(try queue(0) == 0)
        #expect(program.requestBuffers(3) == 3)
        #expect(try queue(2) == 0)
    }

    /// Without `delayOfRequest` in ControlChannel.handle this fails. Who asks too fast gets all of its answers, later;
    /// that is a least time, which no slow machine makes shorter.
    @Test func requests() throws {
        let log = RecordingLog()
        let server = try server(log: log) { $0.requestsPerSecond = 200 }
        let peer = try RawPeer.open(path: "\(server.directory)/video0.vb2")
        let begin = MonotonicTime.now()
        for _ in 0..<300 {
            try peer.send(VB2_OP_SYNC)
            #expect(try peer.reply() == 0)
        }
        // 200 at once at most, and one was the HELLO.
        #expect(MonotonicTime.now().elapsed(since: begin) >= .milliseconds(500))
        #expect(log.lines.contains { $0.contains("--limit-requests") }, "\(log.lines)")
    }

    /// A WAKE that brings a buffer counts as the QBUF that it belongs to: not at all. Without `giveBackRequest` in
    /// Session.receive this fails.
    @Test func wakesWithBuffers() throws {
        let bench = try SteppedBench(limits: Self.fewRequests)
        let program = try bench.open()
        try bench.prepare(program, buffers: 1)
        let capture = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        #expect(try bench.ask(program, .stream(on: true, type: capture))?.result == 0)
        let page = try #require(program.page)
        for _ in 0..<200 {
            try #require(page[VB2_AT_DONE] == 1)
            page[VB2_AT_DONE] = 0
            page.forge(index: 0, epoch: page.epoch)
            try program.send(.wake)
            bench.server.settle()
        }
        #expect(bench.log.count(of: "--limit-requests") == 0, "\(bench.log.lines)")
    }

    /// Else whoever wakes a device that has nothing to do asks as often as he likes. Without the comparison of
    /// `queuedHead` in Session.receive this fails.
    @Test func wakesWithoutBuffers() throws {
        let bench = try SteppedBench(limits: Self.fewRequests)
        let program = try bench.open()
        for _ in 0..<200 {
            try program.send(.wake)
            bench.server.settle()
        }
        #expect(bench.log.count(of: "--limit-requests") > 0)
    }

    private static var fewRequests: ClientLimits {
        var limits = ClientLimits(memory: Memory.total)
        limits.requestsPerSecond = 50
        return limits
    }

    /// Channels that wait can end and go, and their sessions with them. Without `guard isPaused` in ControlChannel.resume
    /// the server speaks to a session that is gone, and traps.
    @Test func whoWaitsMayGo() throws {
        let log = RecordingLog()
        let server = try server(log: log) { $0.requestsPerSecond = 10 }
        do {
            let peer = try RawPeer.open(path: "\(server.directory)/video0.vb2")
            for _ in 0..<20 { try peer.send(VB2_OP_SYNC) }
            while !log.lines.contains(where: { $0.contains("--limit-requests") }) { sched_yield() }
        }
        // Its turn comes before this one's.
        _ = try RawPeer.open(path: "\(server.directory)/video0.vb2")
    }
}

/// The parts that decide, without a server.
@Suite struct LimitPartsTests {
    private static func time(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    /// Against a count in a loop: tokens that come one after the other, never more than fit.
    @Test func aBucketGivesItsRate() {
        var bucket = TokenBucket(rate: 100, capacity: 5, at: Self.time(1000))
        var generator = SystemRandomNumberGenerator()
        var now: Int64 = 1000
        // In tenths of a token's time of 10 ms, which is as fine as the times here.
        var tenths = 50
        for _ in 0..<2000 {
            let step = Int64.random(in: 0...30, using: &generator)
            now += step
            tenths = min(50, tenths + Int(step))
            let gets = bucket.take(at: Self.time(now))
            #expect(gets == (tenths >= 10))
            if gets { tenths -= 10 }
            #expect(bucket.time(of: 1) <= Self.time(now + 10))
        }
    }

    @Test func absurdRatesAreNoTrap() {
        for (rate, capacity) in [(Int.max, Int.max), (0, 0), (-1, Int.min), (1, Int.max)] {
            var bucket = TokenBucket(rate: rate, capacity: capacity, at: Self.time(0))
            let gets = bucket.take(at: Self.time(1))
            #expect(gets)
            _ = bucket.time(of: Int.max)
        }
    }

    @Test func aLogSaysHowMuchItLeftOut() {
        var log = RateLimitedLog(at: Self.time(0))
        for _ in 0..<5 { #expect(log.mayWrite(at: Self.time(0)) == "") }
        for _ in 0..<7 { #expect(log.mayWrite(at: Self.time(999)) == nil) }
        #expect(log.mayWrite(at: Self.time(1000)) == " (and 7 lines like it)")
        #expect(log.mayWrite(at: Self.time(2000)) == "")
    }

    @Test func allOrNothingIsTaken() {
        var limits = ClientLimits(memory: 0)
        limits.pins = 2
        limits.pinnedBytes = 100
        var usage = ClientUsage()
        #expect(usage.take([.pins: 1, .pinnedBytes: 101], within: limits) == .pinnedBytes)
        #expect(usage[.pins] == 0)
        #expect(usage.take([.pins: 1, .pinnedBytes: .max], within: limits) == .pinnedBytes)
        #expect(usage.take([.pins: 2, .pinnedBytes: 100], within: limits) == nil)
        #expect(usage.take([.pinnedBytes: .max], within: limits) == .pinnedBytes)
        #expect(usage.take([.pins: 1], within: limits) == .pins)
        usage.give(back: [.pins: 2, .pinnedBytes: 100])
        #expect(usage[.pins] == 0 && usage[.pinnedBytes] == 0)
    }

    /// Without any one of the comparisons in AccessPolicy.admits this fails: two with numbers, three with lists.
    @Test func whoIsAdmitted() {
        let policy = AccessPolicy(owner: 10, users: [20], groups: [30])
        func admits(_ uid: UInt32, _ gid: UInt32 = 1, _ more: [UInt32] = []) -> Bool {
            policy.admits(.init(pid: 1, uid: uid, gid: gid), supplementary: { more })
        }
        #expect(admits(10) && admits(0) && admits(20) && admits(99, 30) && admits(99, 1, [5, 30]))
        #expect(!admits(99) && !admits(30) && !admits(99, 20, [20, 10, 0]) && !admits(99, 0, [0]))
        let none = AccessPolicy(owner: 10)
        #expect(!none.admits(.init(pid: 1, uid: 20, gid: 30), supplementary: { [30] }))
        #expect(none.socketMode == 0o600 && policy.socketMode == 0o666)
    }
}
