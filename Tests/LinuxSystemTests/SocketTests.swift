import LinuxSystem
import Testing

@Suite struct SocketTests {
    @Test(arguments: [UnixSocket.Kind.stream, .sequencedPacket])
    func listensAcceptsAndKnowsItsPeer(_ kind: UnixSocket.Kind) throws {
        let folder = try Files.makeTemporaryDirectory(prefix: "vb2-socket-")
        defer { try? Files.removeTree(folder) }
        let path = "\(folder)/socket"
        let listener = try UnixSocket.listen(path: path, kind: kind, mode: 0o640)
        #expect(try Files.status(path).isSocket)
        #expect(try Files.status(path).permissions == 0o640)
        let early = try listener.accept() == nil
        #expect(early)
        #expect(throws: Errno.addressInUse) { _ = try UnixSocket.listen(path: path, kind: kind) }
        let client = try UnixSocket.connect(path: path, kind: kind)
        guard let server = try listener.accept() else {
            Issue.record("no connection")
            return
        }
        let peer = try server.peerCredentials()
        #expect(peer.pid == processID)
        #expect(peer.uid == effectiveUserID)
        #expect(try receiveNonblocking(server) == nil)
        #expect(try send(client, [1, 2, 3]) == 3)
        #expect(try server.unreadBytes() == 3)
        #expect(try receiveNonblocking(server) == [1, 2, 3])
        try client.shutdown(.writing)
        #expect(try receiveNonblocking(server) == [])
    }

    @Test func refusals() throws {
        let folder = try Files.makeTemporaryDirectory(prefix: "vb2-refusal-")
        defer { try? Files.removeTree(folder) }
        #expect(throws: Errno.noSuchFileOrDirectory) {
            _ = try UnixSocket.connect(path: "\(folder)/none", kind: .stream)
        }
        #expect(throws: Errno.fileNameTooLong) {
            _ = try UnixSocket.connect(path: folder + String(repeating: "x", count: 108), kind: .stream)
        }
        do {
            _ = try UnixSocket.listen(path: "\(folder)/gone", kind: .stream)
        }
        #expect(throws: Errno.connectionRefused) {
            _ = try UnixSocket.connect(path: "\(folder)/gone", kind: .stream)
        }
    }

    @Test func eightDescriptorsTravel() throws {
        let pair = try UnixSocket.pair(kind: .sequencedPacket)
        let file = try MemoryFile.create(name: "travel", size: 4096)
        #expect(try send(pair.first, [9], [Int32](repeating: file.descriptor.raw, count: 8)) == 1)
        var received = try receive(pair.second)
        #expect(received.count == 1)
        #expect(received.descriptors.count == 8)
        #expect(received.truncated == false)
        var numbers: Set<Int32> = []
        for index in 0..<8 {
            guard let descriptor = received.descriptors.take(index) else {
                Issue.record("descriptor \(index) is missing")
                continue
            }
            numbers.insert(descriptor.relinquish())
        }
        #expect(numbers.count == 8)
        for number in numbers {
            let descriptor = OwnedDescriptor(adopting: number)
            #expect(try descriptor.isCloseOnExec())
            #expect(try descriptor.status().identity == file.identity)
        }
        for index in [0, 8, -1] {
            let none = received.descriptors.take(index) == nil
            #expect(none)
        }
        #expect(throws: Errno.invalidArgument) {
            _ = try send(pair.first, [9], [Int32](repeating: file.descriptor.raw, count: 9))
        }
    }

    @Test func truncationIsTold() throws {
        let pair = try UnixSocket.pair(kind: .sequencedPacket)
        #expect(try send(pair.first, [1, 2, 3, 4, 5]) == 5)
        let received = try receive(pair.second, limit: 4)
        #expect(received.count == 4)
        #expect(received.bytesTruncated == true)
        #expect(received.truncated == true)
    }

    @Test func fullSocketAndLostPeer() throws {
        let pair = try UnixSocket.pair(kind: .stream)
        try pair.first.setSendBuffer(4096)
        let block = [UInt8](repeating: 0, count: 65536)
        var total = 0
        while let sent = try unsafe pair.first.sendNonblocking(block.span.bytes) { total += sent }
        #expect(total > 0)
        #expect(try pair.second.unreadBytes() == total)
        let survivor = pair.split { first, _ in first }
        // No SIGPIPE: this process would be gone.
        #expect(throws: Errno.brokenPipe) { _ = try send(survivor, [1]) }
    }

    private func receiveNonblocking(_ socket: borrowing UnixSocket) throws -> [UInt8]? {
        var room = [UInt8](repeating: 0, count: 64)
        let count: Int
        do {
            var span = room.mutableSpan
            var bytes = unsafe span.mutableBytes
            guard let received = try socket.receiveNonblocking(into: &bytes) else { return nil }
            count = received.count
        }
        return Array(room[..<count])
    }
}
