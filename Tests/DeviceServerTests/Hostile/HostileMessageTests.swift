import CVideoABI
import DeviceProtocol
import Glibc
import HostileSupport
import LinuxSystem
import Testing

@testable import DeviceServer

/// Messages that are none: the session ends, with a line in the log.
@Suite struct HostileMessageTests {
    private static let request = HostileRequest.capability

    static var wrongMessages: [(String, [UInt8])] {
        var version = request
        version.version = 2
        var operation = request
        operation.operation = 99
        var argument = request
        argument.argumentBytes = .max
        var nested = request
        nested.nestedBytes = 1
        var long = request
        long.argument = [UInt8](repeating: 0, count: Int(VB2_ARGUMENT_BYTES_MAXIMUM))
        long.nested = [UInt8](repeating: 0, count: Int(VB2_NESTED_BYTES_MAXIMUM) + 1)
        // As long as is allowed, says the header; there is one byte more.
        var truncated = long
        truncated.nestedBytes = UInt32(VB2_NESTED_BYTES_MAXIMUM)
        return [
            ("tooShort", [1]),
            ("tooShort", Array(request.bytes(sequence: 0).prefix(RequestHeader.byteCount - 1))),
            ("version(2)", version.bytes(sequence: 0)),
            ("unknownOperation(99)", operation.bytes(sequence: 0)),
            ("lengthsDisagree", argument.bytes(sequence: 0)),
            ("lengthsDisagree", nested.bytes(sequence: 0)),
            ("longer than any request", long.bytes(sequence: 0)),
            ("longer than any request", truncated.bytes(sequence: 0)),
        ]
    }

    /// Without the checks of `RequestHeader.init(decoding:)`, one for each, the server reads beyond the message; without
    /// `bytesTruncated` in `Session.receive` the last is taken for whole.
    @Test(arguments: wrongMessages.indices) func wrongMessage(_ index: Int) throws {
        let (reason, bytes) = Self.wrongMessages[index]
        let bench = try SteppedBench()
        let client = try bench.open()
        let other = try bench.open()
        try client.sendBytes(bytes)
        bench.server.settle()
        #expect(bench.log.cutOffs.count == 1 && bench.log.cutOffs[0].contains(reason))
        #expect(client.isCutOff && bench.server.sessionCount == 1)
        #expect(try bench.ask(other, .capability)?.result == 0)
    }

    /// Without `descriptorsTruncated` in `Session.receive` what came is taken for all.
    @Test func moreDescriptorsThanAreTaken() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        let event = try EventDescriptor()
        try client.send(.capability, [Int32](repeating: event.descriptor.raw, count: 9))
        bench.server.settle()
        #expect(bench.log.cutOffs.count == 1 && bench.log.cutOffs[0].contains("longer than any request"))
    }

    /// An empty packet is the end of a channel, as a close is; the handle can be adopted anew.
    @Test func anEmptyPacket() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        try client.sendBytes([])
        bench.server.settle()
        #expect(!client.isCutOff)
        try client.adopt()
        #expect(try bench.ask(client, .capability)?.result == 0)
    }

    /// Without `isPacketSocket` in `Session.adopt` the server would poll them, and read from them.
    @Test(arguments: 0..<5) func adoptionsOfWhatCannotBeSpokenTo(_ kind: Int) throws {
        let bench = try SteppedBench()
        let client = try bench.connect()
        let descriptor: OwnedDescriptor
        switch kind {
        case 0: descriptor = try EventPoll().descriptor.duplicate()
        case 1: descriptor = try MemoryFile.create(name: "hostile", size: 4096).intoDescriptor()
        case 2: descriptor = try UnixSocket.pair(kind: .stream).first.descriptor.duplicate()
        case 3: descriptor = OwnedDescriptor(adopting: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
        default: descriptor = OwnedDescriptor(adopting: socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0))
        }
        try client.sendAdoption([descriptor.raw])
        bench.server.settle()
        #expect(bench.log.cutOffs == ["video0: a program was cut off: a descriptor that is no control channel"])
        #expect(client.isCutOff)
    }

    /// Both ends of the handle, sent to the server, would keep it open if they were kept. Without the close in
    /// `DescriptorReaper.work` (DescriptorReaper.swift) the session never ends.
    @Test func aChannelThatCarriesItself() throws {
        let bench = try SteppedBench()
        do {
            let client = try bench.open()
            let control = try #require(client.control?.raw)
            #expect(try bench.ask(client, .capability, [control, client.socket.descriptor.raw])?.result == 0)
        }
        // The strays are closed on the reaper's threads.
        let end = MonotonicTime.now() + 30_000_000_000
        while bench.server.sessionCount > 0, MonotonicTime.now() < end {
            if !bench.server.turn() { sched_yield() }
        }
        #expect(bench.server.sessionCount == 0)
    }

    /// Without `checkWhatStays` in `Session.swift` the handle stays open, and its device taken, with nobody to kill.
    @Test func aSocketInItsOwnQueue() throws {
        let bench = try SteppedBench()
        do {
            let client = try bench.open()
            let raw = client.socket.descriptor.raw
            try HostileClient.send([UInt8](repeating: 70, count: 255), [raw], on: raw)
            bench.server.settle()
        }
        bench.server.settle()
        #expect(bench.server.sessionCount == 0)
        #expect(bench.log.cutOffs.count == 1 && bench.log.cutOffs[0].contains("a descriptor where nobody reads"))
    }

    /// The slot of a buffer that a request names is told anew, whatever the answer was. Without `isThere` in
    /// `RingBridge.refresh` it is looked for beyond the queue's array.
    @Test func requestsForBuffersThatAreNone() throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        try bench.prepare(client)
        for index: UInt32 in [2, 31, 32, 1 << 16, .max] {
            for command in [VB2_VIDIOC_QBUF, VB2_VIDIOC_PREPARE_BUF] {
                let request = HostileRequest.buffer(
                    command, index, type: V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue, memory: V4L2_MEMORY_MMAP.rawValue)
                #expect(try bench.ask(client, request)?.result == -EINVAL)
            }
        }
        #expect(bench.log.cutOffs.isEmpty)
    }

    /// Requests before HELLO: there is no handle yet.
    @Test func requestsWithoutAHandle() throws {
        let bench = try SteppedBench()
        let client = try bench.connect()
        try client.adopt()
        for operation in RequestHeader.Operation.allCases where operation != .hello && operation != .wake {
            let answer = try bench.ask(client, HostileRequest(operation.rawValue))
            let result = try #require(answer?.result)
            #expect(result < 0 || operation == .sync)
        }
        #expect(bench.log.cutOffs.isEmpty)
    }
}
