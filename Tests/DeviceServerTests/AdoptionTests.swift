import CVideoABI
import DeviceClient
import Glibc
import LinuxSystem
import Synchronization
import Testing

/// A program's line to the server is closed before it has its first answer, and the open file isn't, or not yet.
///
/// The server of these tests is false: it takes what a program sends, and answers nothing.
@Suite struct AdoptionTests {
    /// A server that is being killed: its files are closed one after the other, the line first.
    ///
    /// Without the second try in `Adoption.connect` (Adoption.swift) this is ENFILE.
    @Test(.timeLimit(.minutes(1))) func aServerThatDies() throws {
        let error = try openError { file in
            try Self.takeLine(of: file)
            try Self.awaitLine(of: file)
        }
        #expect(error == .operationNotSupportedByDevice)
    }

    /// A server that has no descriptor for the line, however often it is asked.
    @Test(.timeLimit(.minutes(1))) func aServerWithoutRoom() throws {
        let lines = Atomic(0)
        let error = try openError { file in
            for _ in 0..<2 {
                try Self.takeLine(of: file)
                lines.add(1, ordering: .relaxed)
            }
            // Until the program gives up.
            try Self.awaitInput(of: file)
        }
        #expect(error == .tooManyOpenFilesInSystem)
        #expect(lines.load(ordering: .relaxed) == 2)
    }

    /// What an open gives when the server does this with it, and then closes the file.
    private func openError(_ serve: @Sendable @escaping (borrowing UnixSocket) throws -> Void) throws -> Errno? {
        let folder = try Files.makeTemporaryDirectory(prefix: "vb2-test-")
        defer { try? Files.removeTree(folder) }
        let listener = try UnixSocket.listen(path: "\(folder)/video0.vb2", kind: .stream)
        let failure = Mutex<(any Error)?>(nil)
        var thread = try SystemThread.start(name: "false-server") {
            do {
                _ = try listener.descriptor.wait(for: .input, timeout: nil)
                if let file = try listener.accept() { try serve(file) }
            } catch {
                failure.withLock { $0 = error }
            }
        }
        let error = #expect(throws: Errno.self) { _ = try DeviceConnection(path: "\(folder)/video0.vb2") }
        thread.join()
        if let failure = failure.withLock({ $0 }) { throw failure }
        return error
    }

    /// Takes a line, and closes it.
    private static func takeLine(of file: borrowing UnixSocket) throws(Errno) {
        try awaitLine(of: file)
        var bytes = [UInt8](repeating: 0, count: Int(VB2_FILLER_BYTES))
        var room = bytes.mutableSpan
        var raw = unsafe room.mutableBytes
        let received = try file.receive(into: &raw)
        guard received.descriptors.count == 1 else { throw .protocolError }
    }

    private static func awaitLine(of file: borrowing UnixSocket) throws(Errno) {
        try awaitInput(of: file)
        guard try file.unreadBytes() == Int(VB2_FILLER_BYTES) else { throw .protocolError }
    }

    private static func awaitInput(of file: borrowing UnixSocket) throws(Errno) {
        _ = try file.descriptor.wait(for: .input, timeout: nil)
    }
}
