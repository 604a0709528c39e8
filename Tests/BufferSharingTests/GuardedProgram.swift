import LinuxSystem

@testable import BufferSharing

/// Another process that has buffers mapped: Tests/GuardPrograms/guarded.c, which does as it is told.
final class GuardedProgram {
    private let socket: UnixSocket
    private let process: Locked<ChildProcess>
    private(set) var guards: [GuardedMapping] = []
    private var handOuts: [HandOut] = []

    /// Compiled once for all tests.
    private static let path = Result { () throws -> String in
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(3)
        let root = parts.joined(separator: "/")
        let program = "\(root)/.build/guarded"
        var compiler = try ChildProcess.spawn(
            "cc",
            arguments: [
                "-std=gnu11", "-O1", "-Wall", "-Wextra", "-pthread", "-o", program,
                "\(root)/Tests/GuardPrograms/guarded.c",
            ])
        guard try compiler.wait() == .exited(0) else { throw Errno.ioError }
        return program
    }

    init() throws {
        let path = try Self.path.get()
        let pair = try UnixSocket.pair(kind: .sequencedPacket)
        process = Locked(
            try ChildProcess.spawn(path, arguments: [], standardInput: .descriptor(pair.second.descriptor.raw)))
        socket = pair.split { ours, _ in ours }
    }

    /// Has it map the buffer, and takes its promise.
    func map(_ buffer: SharedBuffer, how: Character = "m") throws {
        let descriptor = try buffer.exportDescriptor(access: .readWrite)
        let handOut = HandOut(of: buffer)
        var answer = try ask(how, 0, UInt64(buffer.size), [descriptor.raw])
        guard let userfault = answer.descriptor.take() else { throw Errno.protocolError }
        guards.append(try handOut.accept(userfault, at: answer.address, length: UInt64(buffer.size)))
        handOuts.append(handOut)
    }

    /// What it answers.
    @discardableResult
    func ask(_ what: Character, _ index: Int = 0, _ value: UInt64 = 0) throws -> Int64 {
        try ask(what, index, value, []).result
    }

    /// How many words of all its mappings weren't as they should be, and how often it has looked at all.
    func looks() throws -> (wrong: Int64, rounds: UInt64) {
        let answer = try ask("s", 0, 0, [])
        return (answer.result, answer.address)
    }

    /// Kills it, in the middle of what it is at, and waits for its end.
    func kill() throws {
        try process.withLock { process throws(Errno) in
            try process.send(signal: 9)
            _ = try process.wait()
        }
    }

    private struct Answer: ~Copyable {
        var result: Int64
        var address: UInt64
        var descriptor: OwnedDescriptor?
    }

    private func ask(
        _ what: Character, _ index: Int, _ value: UInt64, _ descriptors: [Int32]
    ) throws(Errno) -> Answer {
        var command = [UInt8](repeating: 0, count: 16)
        command[0] = what.asciiValue ?? 0
        command[4] = UInt8(index)
        for byte in 0..<8 { command[8 + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
        _ = try send(socket, command, descriptors)
        var room = [UInt8](repeating: 0, count: 16)
        var span = room.mutableSpan
        var bytes = unsafe span.mutableBytes
        var received = try socket.receive(into: &bytes)
        guard received.count == 16 else { throw .connectionReset }
        let words = [0, 8].map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(room[start + $1]) << (8 * UInt64($1)) }
        }
        return Answer(result: Int64(bitPattern: words[0]), address: words[1], descriptor: received.descriptors.take(0))
    }
}
