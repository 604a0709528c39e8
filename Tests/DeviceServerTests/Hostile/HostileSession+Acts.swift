import CVideoABI
import DeviceProtocol
import Glibc
import HostileSupport
import LinuxSystem
import RandomSupport

/// What it can do.
extension HostileSession {
    private static let commands: [UInt32] = [
        VB2_VIDIOC_QUERYCAP, VB2_VIDIOC_ENUM_FMT, VB2_VIDIOC_G_FMT, VB2_VIDIOC_S_FMT, VB2_VIDIOC_REQBUFS,
        VB2_VIDIOC_CREATE_BUFS, VB2_VIDIOC_REMOVE_BUFS, VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF, VB2_VIDIOC_DQBUF,
        VB2_VIDIOC_PREPARE_BUF, VB2_VIDIOC_EXPBUF, VB2_VIDIOC_STREAMON, VB2_VIDIOC_STREAMOFF, VB2_VIDIOC_S_PRIORITY,
    ]

    // MARK: Requests

    /// What a program could send, in an order in which none would.
    func plausible() -> HostileRequest { number(12) == 0 ? .wake : question() }

    /// What is answered.
    func question() -> HostileRequest {
        let memory = [V4L2_MEMORY_MMAP, V4L2_MEMORY_MMAP, V4L2_MEMORY_USERPTR, V4L2_MEMORY_DMABUF][number(4)].rawValue
        let index = UInt32(number(5))
        switch number(12) {
        case 0...1: return .requestBuffers(UInt32(number(6)), type: type, memory: memory)
        case 2...4: return .buffer(VB2_VIDIOC_QBUF, index, type: type, memory: memory)
        case 5: return .buffer(VB2_VIDIOC_QUERYBUF, index, type: type, memory: memory)
        case 6...7: return .stream(on: true, type: type)
        case 8: return .stream(on: number(3) > 0, type: type)
        case 9...10: return .sync(ringAgain: number(2) == 0)
        default: return .capability
        }
    }

    /// Any operation with any numbers, in a message that is one.
    func wild() -> HostileRequest {
        var request = HostileRequest(UInt32(1 + number(8)))
        request.command =
            request.operation == UInt32(VB2_OP_IOCTL) ? Self.commands[number(Self.commands.count)] : word()
        request.flags = number(4) == 0 ? word() : 0
        request.value = word()
        request.offset = number(2) == 0 ? UInt64(number(40)) << 12 : UInt64(word()) << UInt64(number(33))
        request.length = number(2) == 0 ? UInt64(number(4)) << 12 : UInt64(word()) << UInt64(number(33))
        if number(2) == 0 { request.argument = words(number(60)) }
        if number(3) == 0 { request.nested = words(number(130)) }
        return request
    }

    private func words(_ count: Int) -> [UInt8] {
        (0..<count).flatMap { _ in HostileRequest.bytes(of: word()) }
    }

    func malformed() throws {
        var request = plausible()
        switch number(7) {
        case 0: request.version = word()
        case 1: request.operation = word()
        case 2: request.argumentBytes = word()
        case 3: request.nestedBytes = word()
        case 4: return try client.sendBytes(Array(request.bytes(sequence: 0).prefix(number(64))))
        case 5: return try client.sendBytes([UInt8](repeating: 1, count: number(100_000)))
        default: return try client.sendBytes([])
        }
        try client.send(request)
    }

    // MARK: The page

    /// Words that mean something, or any.
    func spoil() {
        guard let page = client.page else { return }
        for _ in 0..<number(6) {
            let place =
                number(2) == 0 ? SharedPage.fields[number(SharedPage.fields.count)] : number(page.byteCount)
            // A count or a tail that can't be ends the session at once, and then nothing else is tried.
            if [VB2_AT_DONE, VB2_AT_QUEUED_TAIL].contains(place & ~3), number(8) > 0 { continue }
            page[place] = word()
        }
    }

    func forge() throws {
        guard let page = client.page else { return }
        for _ in 0..<number(5) { page.forge(index: word(), epoch: number(4) == 0 ? word() : page.epoch) }
        try client.send(.wake)
    }

    /// Rewrites the rings' heads and the slots while the server reads.
    func race() throws {
        guard let page = client.page else { return }
        let seed = random.next()
        var thread = try SystemThread.start(name: "hostile-page") {
            var random = SeededGenerator(seed: seed)
            for _ in 0..<2000 {
                let choice = Int.random(in: 0..<8, using: &random)
                switch choice {
                case 0...3: page.forge(index: UInt32.random(in: 0..<5, using: &random), epoch: page.epoch)
                case 4: page[VB2_AT_ASLEEP] = UInt32.random(in: 0...1, using: &random)
                case 5: page[VB2_AT_WAKES_PAID] = UInt32.random(in: .min ... .max, using: &random)
                case 6: page[(page.slotsOffset & 0xFFFF) + Int.random(in: 0..<4096, using: &random)] = .max
                default: page[VB2_AT_YIELDS] = UInt32.random(in: .min ... .max, using: &random)
                }
                // The server's turn, or its ring is overrun at once.
                if choice < 4 { sched_yield() }
            }
        }
        defer { thread.join() }
        for _ in 0..<20 { try client.send(number(2) == 0 ? .wake : plausible()) }
    }

    // MARK: Descriptors

    /// A DMABUF queue, and descriptors in it that are none of a buffer.
    func importing() throws {
        let memory = V4L2_MEMORY_DMABUF.rawValue
        _ = try client.ask(.requestBuffers(2, type: type, memory: memory))
        for index in 0..<2 as Range<UInt32> {
            let descriptors = try supply.some(1, self)
            let answer = try client.ask(.buffer(VB2_VIDIOC_QBUF, index, type: type, memory: memory), descriptors)
            // What the server has taken can't be pulled away from under it.
            if answer?.result == 0 { for raw in descriptors where ftruncate(raw, 0) == 0 { throw Errno.timedOut } }
        }
        _ = try client.ask(.stream(on: true, type: type))
    }

    func adoption() throws {
        switch number(6) {
        case 0: try client.adopt()
        case 1: try client.sendAdoption([])
        case 2 where number(6) == 0: try client.sendAdoption(try supply.some(1 + number(3), self))
        case 3:
            // Bytes that add up to nothing.
            try HostileClient.send([UInt8](repeating: 70, count: number(600)), [], on: client.socket.descriptor.raw)
        case 4:
            for _ in 0..<number(30) { try client.adopt() }
        default:
            // Behind what is read, for good.
            try HostileClient.send(
                [UInt8](repeating: 70, count: 255), try supply.some(1, self), on: client.socket.descriptor.raw)
        }
    }

    func rare() throws {
        switch number(12) {
        case 0:
            hasHungUp = true
            try client.socket.shutdown([.reading, .writing, .both][number(3)])
        case 1: client.forgetControl()
        case 2: try client.send(.hello(flags: word()))
        case 3:
            var hello = HostileRequest.hello(flags: 2)
            hello.argument = words(number(20))
            try client.send(hello)
        default: break
        }
    }
}
