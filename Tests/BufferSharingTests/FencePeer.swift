import BufferSharing
import LinuxSystem
import Testing

/// Where two processes of a test meet.
final class MeetingPlace {
    let listener: Listener
    private let folder: String

    init() throws {
        folder = try Files.makeTemporaryDirectory(prefix: "vb2-fence-")
        listener = Listener(try UnixSocket.listen(path: "\(folder)/socket", kind: .sequencedPacket))
    }

    deinit {
        try? Files.removeTree(folder)
    }

    var path: String { "\(folder)/socket" }

    final class Listener: Sendable {
        private let socket: UnixSocket

        init(_ socket: consuming UnixSocket) {
            self.socket = socket
        }

        func duplicate() throws -> OwnedDescriptor { try socket.descriptor.duplicate() }

        /// Waits for the other process.
        func accept() throws -> Peer {
            guard try socket.descriptor.wait(for: .input, timeout: .seconds(60)) == .input,
                let socket = try socket.accept()
            else { throw Errno.timedOut }
            try socket.descriptor.setNonblocking(false)
            return Peer(socket)
        }
    }
}

/// The other process.
final class Peer: Sendable {
    private let socket: UnixSocket

    init(_ socket: consuming UnixSocket) {
        self.socket = socket
    }

    static func connect(_ path: String) throws -> Peer {
        Peer(try UnixSocket.connect(path: path, kind: .sequencedPacket))
    }

    enum Word: UInt32 {
        case go = 1
    }

    func send(_ word: Word) throws { try send(number: Int32(word.rawValue)) }

    func expect(_ word: Word) throws { try check(try receiveNumber() == Int32(word.rawValue)) }

    func send(number: Int32) throws {
        _ = try BufferSharingTests.send(socket, unsafe withUnsafeBytes(of: number) { unsafe Array($0) })
    }

    func receiveNumber() throws -> Int32 {
        var number: Int32 = 0
        let count = try unsafe withUnsafeMutableBytes(of: &number) { bytes in
            try awaitPacket()
            return try unsafe socket.receive(into: bytes).count
        }
        try check(count == 4)
        return number
    }

    func send(_ fences: [Fence]) throws {
        let descriptors = try fences.map { try Kept($0.exportDescriptor()) }
        _ = try BufferSharingTests.send(socket, [0], descriptors.map { $0.file.raw })
        extendLifetime(descriptors)
    }

    func receiveFences(_ count: Int) throws -> [Fence] {
        try awaitPacket()
        var received = try receive(socket)
        try check(received.descriptors.count == count && !received.truncated)
        var fences: [Fence] = []
        for index in 0..<count {
            guard let descriptor = received.descriptors.take(index) else { throw Errno.badFileDescriptor }
            fences.append(try Fence(adopting: descriptor))
        }
        return fences
    }

    private func awaitPacket() throws {
        try check(try socket.descriptor.wait(for: .input, timeout: .seconds(60)).contains(.input))
    }
}

/// A descriptor that can be kept where only copies can.
final class Kept: Sendable {
    let file: OwnedDescriptor

    init(_ file: consuming OwnedDescriptor) {
        self.file = file
    }
}

/// What a process or a thread beside the test found to be wrong, and where.
struct CheckFailed: Error, CustomStringConvertible {
    let description: String
}

func check(_ condition: @autoclosure () throws -> Bool, line: UInt = #line) throws {
    if try !condition() { throw CheckFailed(description: "line \(line)") }
}
