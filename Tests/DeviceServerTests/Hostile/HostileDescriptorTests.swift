import CVideoABI
import Glibc
import HostileSupport
import LinuxSystem
import ProgramSupport
import Testing

/// Descriptors that are handed in, and what the server does to them.
@Suite struct HostileDescriptorTests {
    private static let capture = V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
    private static let dmabuf = V4L2_MEMORY_DMABUF.rawValue

    /// What closing waits for ever for. Without `reap` in `Session.receive`, `Session.readFillers` and
    /// `ControlChannel.handle`, and without the reaper in `Session.adopt`, `Session.guardPlane`, `GuardAccount.accept` and
    /// `HandOut.accept`, one or two for each way, the device's thread waits for the watchdog.
    ///
    /// In a process of its own: a child of another test would have the file until its exec(2), which waits for the close.
    @Test(.enabled(if: SilentFileSystem.isPossible, "FUSE can't be mounted here"))
    func aStrayThatNeverCloses() async {
        await #expect(processExitsWith: .success) {
            // One for all ways: a second mount may wait for the first, which answers nothing.
            let silent = try SilentFileSystem()
            let file = SharedDescriptor(try silent.openFile())
            for way in 0..<8 {
                let bench = try SteppedBench()
                let client = try bench.open()
                let other = try bench.open()
                switch way {
                case 0: try client.send(.capability, [file.raw])
                case 1: try client.sendBytes([1, 2, 3], [file.raw])
                case 2: try client.sendBytes([], [file.raw])
                case 3: try client.sendAdoption([file.raw])
                case 4:
                    let pair = try UnixSocket.pair(kind: .sequencedPacket)
                    try client.sendAdoption([pair.first.descriptor.raw, file.raw])
                default:
                    // A guard of no buffer, of one that it wasn't handed, of one that it was.
                    if way > 5 { try bench.prepare(client) }
                    if way > 6 { #expect(try bench.ask(client, .map)?.result == 0) }
                    try client.send(.guardOfFirstPlane, [file.raw])
                }
                #expect(try bench.ask(other, .capability)?.result == 0)
            }
            #expect(!silent.wasHung)
            silent.shutDown()
            withExtendedLifetime(file) {}
        }
    }

    private func importer(_ bench: SteppedBench) throws -> HostileClient {
        let client = try bench.open()
        guard try bench.ask(client, .requestBuffers(2, type: Self.capture, memory: Self.dmabuf))?.result == 0 else {
            throw Errno.resourceBusy
        }
        return client
    }

    private func queue(
        _ bench: SteppedBench, _ client: HostileClient, _ file: borrowing OwnedDescriptor
    ) throws -> Int32? {
        try bench.ask(client, .buffer(VB2_VIDIOC_QBUF, 0, type: Self.capture, memory: Self.dmabuf), [file.raw])?.result
    }

    private func memory(_ size: Int, _ seals: Seals) throws -> OwnedDescriptor {
        try MemoryFile.create(name: "hostile", size: size, seals: seals).intoDescriptor()
    }

    /// Without `addSeals` in `vetMemoryFile` (SharedBuffer+Import.swift) the file shrinks, and the server is killed by
    /// the next frame.
    @Test func anImportCannotShrink() throws {
        let bench = try SteppedBench()
        let client = try importer(bench)
        let file = try memory(4096, [])
        #expect(try queue(bench, client, file) == 0)
        #expect(ftruncate(file.raw, 0) == -1 && errno == EPERM)
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        #expect(client.page?[VB2_AT_DONE] == 1)
    }

    /// Without the checks of `vet` one is mapped that can shrink, is no memory, or has no byte.
    @Test func importsThatAreRefused() throws {
        let bench = try SteppedBench()
        let client = try importer(bench)
        #expect(try queue(bench, client, try memory(4096, [.seal])) == -EINVAL)
        #expect(try queue(bench, client, try memory(0, [.shrink])) == -EINVAL)
        #expect(try queue(bench, client, try EventPoll().descriptor) == -EINVAL)
        #expect(try queue(bench, client, try Files.open("/dev/zero", .readWrite)) == -EINVAL)
        #expect(try queue(bench, client, try Files.open("/proc/self/exe", .readOnly)) == -EINVAL)
        #expect(try queue(bench, client, client.socket.descriptor) == -EINVAL)
        #expect(try queue(bench, client, try memory(4096, [])) == 0)
    }

    /// A file that is larger than any memory, in which nothing is. Without the charge for `.pin` in Queue.replaceMemory
    /// all of it is mapped.
    @Test func aHugeImport() throws {
        let bench = try SteppedBench()
        let client = try importer(bench)
        #expect(try queue(bench, client, try memory(1 << 46, [])) == -ENOMEM)
        #expect(bench.log.contains("--limit-pinned-bytes allows more"))
        #expect(try queue(bench, client, try memory(4096, [])) == 0)
        #expect(bench.log.cutOffs.isEmpty)
    }

    /// A large one in which nothing is, for a small frame. Without `isAllThere` in MappedMemory.swift the server makes each
    /// of its pages, whoever's they are.
    @Test func anEmptyImport() throws {
        let bench = try SteppedBench()
        let client = try importer(bench)
        let file = try memory(256 << 20, [])
        #expect(try queue(bench, client, file) == 0)
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        #expect(client.page?[VB2_AT_DONE] == 1)
        // The one page that the frame is in, which may be a huge one.
        let bytes = try file.allocatedBytes()
        #expect(bytes > 0 && bytes <= 2 << 20)
    }

    /// Whoever exports a buffer for reading means the program's own mappings; it is sealed, as through
    /// a descriptor for reading it can't be. Without `reopenedForWriting` in
    /// `Session.take` the device can't fill it.
    @Test func aReadOnlyImportIsFilled() throws {
        let bench = try SteppedBench()
        let client = try importer(bench)
        let file = try memory(4096, [.shrink])
        #expect(try queue(bench, client, try file.reopen(readOnly: true)) == 0)
        #expect(try bench.ask(client, .stream(on: true, type: Self.capture))?.result == 0)
        #expect(client.page?[VB2_AT_DONE] == 1)
        #expect(try file.allocatedBytes() > 0)
    }
}
