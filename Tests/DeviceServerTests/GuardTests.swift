import BufferSharing
import CVideoABI
import DeviceClientCore
import Glibc
import LinuxSystem
import Synchronization
import Testing
import VideoCapture

@testable import DeviceClient
@testable import DeviceServer

/// Programs that let a server take the memory of frames away while they have it mapped.
@Suite(
    .serialized,
    .enabled(
        if: (try? Userfault(.everything).descriptor.raw) != nil,
        "userfaultfd for the kernel's faults is root's, or as sysctl allows"), .timeLimit(.minutes(5)))
struct GuardTests {
    /// A server whose buffers have room for two frames.
    private func server() throws -> (TestServer, EvictableHeap) {
        let heap = try EvictableHeap(.init(budget: 2 * 4096, usesSwap: false))
        let server = try TestServer([
            DeviceSpecification(node: 0) { CountingDevice(heap: heap) },
            DeviceSpecification(node: 1) { CountingDevice(node: 1) },
        ])
        return (server, heap)
    }

    /// The buffers of these devices alone: other tests of the process have buffers too.
    private var frames: [BufferInformation] { BufferInformation.all.filter { $0.name.hasPrefix("count-") } }

    private func camera(_ server: TestServer, _ node: Int = 0) throws -> CaptureDevice {
        try CaptureDevice.open("\(server.directory)/video\(node).vb2", serverDirectory: nil)
    }

    @Test func framesMoveWhileAProgramHasThem() throws {
        let (server, heap) = try server()
        do {
            let stream = try camera(server).startStream(bufferCount: 8, allowsEviction: true)
            #expect(stream.eviction == .granted)
            for _ in 0..<500 {
                try stream.nextFrame { frame in
                    // All that has been filled meanwhile has pushed this one out, or will.
                    frame.withPlane(0) { bytes in
                        #expect(unsafe bytes.unsafeLoad(as: UInt32.self) == frame.sequence)
                        for byte in 4..<bytes.byteCount
                        where unsafe bytes.unsafeLoad(fromByteOffset: byte, as: UInt8.self) != 0 {
                            Issue.record("byte \(byte) of frame \(frame.sequence)")
                        }
                    }
                }
            }
            #expect(heap.report.evictions[.guardedStore] ?? 0 > 100)
            #expect(heap.report.returns > 100)
        }
        server.server.stop()
        #expect(heap.report.bufferCount == 0 && heap.report.storedBytes == 0)
    }

    @Test func withoutTheGrantTheyStay() throws {
        let (server, heap) = try server()
        let stream = try camera(server).startStream(bufferCount: 2)
        for _ in 0..<20 { try stream.nextFrame { _ in } }
        #expect(stream.eviction == .notAsked)
        #expect(heap.report.evictions[.guardedStore] == nil)
    }

    @Test func aServerThatMovesNothingSaysSo() throws {
        let (server, _) = try server()
        let stream = try camera(server, 1).startStream(allowsEviction: true)
        #expect(stream.eviction == .refused("the server's memory stays where it is"))
        try stream.nextFrame { frame in #expect(frame.sequence == 0) }
    }

    @Test func withoutPrivilegeAllElseWorks() async {
        await #expect(processExitsWith: .success) {
            #expect(setgroups(0, nil) == 0 && setgid(65534) == 0 && setuid(65534) == 0)
            let heap = try EvictableHeap(.init(budget: 1 << 20, evictsTo: "/tmp", usesSwap: false))
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice(heap: heap) }])
            let camera = try CaptureDevice.open("\(server.directory)/video0.vb2", serverDirectory: nil)
            let stream = try camera.startStream(allowsEviction: true)
            guard case .refused(let reason) = stream.eviction else { throw Errno.notPermitted }
            #expect(reason.contains("vm.unprivileged_userfaultfd"))
            for number in UInt32(0)..<20 {
                try stream.nextFrame { frame in #expect(frame.sequence == number) }
            }
        }
    }

    /// What a program says is checked, and used with its own descriptor alone.
    @Test func whatCannotBeIsRefused() throws {
        let (server, heap) = try server()
        let connection = try server.connect()
        let program = Program(connection)
        #expect(program.requestBuffers(2) == 2)
        let mapping = try connection.map(offset: 0, length: 4096)
        let start = unsafe UInt(bitPattern: mapping.base)
        let range = start..<start + 4096
        let userfault = try Userfault(.everything)
        try userfault.register(range, for: [.missingPage, .protectedPage])
        func offer(_ range: Range<UInt>, _ index: UInt32 = 0, _ plane: UInt32 = 0) -> Int32 {
            connection.offer(userfault, for: range, index: index, plane: plane)
        }
        // No such plane; one that this process wasn't handed; no such place; more than there is.
        #expect(offer(range, 2) == -EINVAL)
        #expect(offer(range, .max, .max) == -EINVAL)
        #expect(offer(range, 0, 1) == -EINVAL)
        #expect(offer(range, 1) == -EINVAL)
        #expect(offer(0..<4096) == -EINVAL)
        #expect(offer(start + 1..<start + 4097) == -EINVAL)
        #expect(offer(start..<start + 8192) == -EINVAL)
        #expect(offer(0x7fff_0000_0000..<0x7fff_0000_1000) == -EINVAL)
        // Something else in its place.
        let pipe = Userfault(adopting: try Pipe.create().intoRead())
        #expect(connection.offer(pipe, for: range, index: 0, plane: 0) == -EINVAL)
        // Another process of the same handle can't account for what this one was handed.
        let other = try server.connect()
        #expect(other.offer(userfault, for: range, index: 0, plane: 0) == -EINVAL)
        #expect(frames.allSatisfy { $0.guards == 0 })
        // One for each plane.
        #expect(offer(range) == 0)
        #expect(frames.count { $0.guards == 1 && $0.isGuarded } == 1)
        #expect(offer(range) == -EBUSY)
        let second = try connection.map(offset: 0, length: 4096)
        let again = unsafe UInt(bitPattern: second.base)
        try userfault.register(again..<again + 4096, for: [.missingPage, .protectedPage])
        #expect(offer(again..<again + 4096) == -EBUSY)
        #expect(frames.count { $0.guards == 1 && !$0.isGuarded } == 1)
        // The buffers go, and with them what was promised for them.
        #expect(program.requestBuffers(0) == 0)
        #expect(offer(range) == -EINVAL)
        #expect(heap.report.bufferCount == 0)
    }

    @Test func theEndOfTheConnectionBringsEverythingBack() throws {
        let (server, heap) = try server()
        let mapping: MappedPlane
        let userfault = try Userfault(.everything)
        let range: Range<UInt>
        do {
            let connection = try server.connect()
            let program = Program(connection)
            #expect(program.requestBuffers(2) == 2)
            let offset = unsafe program.queryBuffer(1).buffer.m.offset
            mapping = MappedPlane(try connection.map(offset: UInt64(offset), length: 4096))
            let start = unsafe UInt(bitPattern: mapping.mapping.base)
            range = start..<start + 4096
            try userfault.register(range, for: [.missingPage, .protectedPage])
            #expect(connection.offer(userfault, for: range, index: 1, plane: 0) == 0)
            #expect(program.queue(0) == 0 && program.queue(1) == 0 && program.streamOn() == 0)
            for _ in 0..<2 {
                #expect(try connection.waitReadable(timeout: nil))
                let result = unsafe program.dequeue().result
                #expect(result == 0)
            }
            // Others need the room.
            let space = AddressSpace()
            var uses: [BufferSharing.Attachment] = []
            for _ in 0..<2 {
                uses.append(try space.attach(heap.allocate(size: 4096, name: "other")))
                _ = try uses[uses.count - 1].map(direction: .fromDevice)
            }
            #expect(try mapping.mapping.residentBytes() == 0)
        }
        server.server.stop()
        #expect(heap.report.bufferCount == 0)
        // It is an ordinary mapping again, although its descriptor is open.
        #expect(throws: Errno.noSuchFileOrDirectory) { try userfault.protect(range) }
        #expect(mapping.first == 1)
    }

    /// A child would have the memory without being held up.
    @Test func aGrantedMappingIsKeptFromChildren() throws {
        let (server, _) = try server()
        let connection = try server.connect()
        #expect(Program(connection).requestBuffers(1) == 1)
        let mapping = try connection.map(offset: 0, length: 4096)
        let start = unsafe UInt(bitPattern: mapping.base)
        #expect(try flags(at: start).isDisjoint(with: ["dc", "um", "uw"]))
        let grants = try EvictionGrants(connection)
        try grants.add(mapping, index: 0, plane: 0)
        // Not copied by fork(2); missing pages and writes are caught.
        #expect(try flags(at: start).isSuperset(of: ["dc", "um", "uw"]))
        withExtendedLifetime(grants) {}
    }

    /// What /proc/self/smaps says of the mapping that starts there.
    private func flags(at start: UInt) throws -> Set<Substring> {
        let lines = String(decoding: try Files.read("/proc/self/smaps"), as: UTF8.self).split(separator: "\n")
        let own = lines.drop { !$0.hasPrefix(String(start, radix: 16) + "-") }
        let found = try #require(own.first { $0.hasPrefix("VmFlags:") })
        return Set(found.split(separator: " ").dropFirst())
    }

    /// A process that shares the handle with others goes, and its guards with it; the buffers stay.
    @Test func theEndOfAProcessEndsItsGuards() throws {
        let (server, _) = try server()
        let connection = try server.connect()
        let program = Program(connection)
        #expect(program.requestBuffers(1) == 1)
        let raw = connection.descriptor.raw
        var handle = unsafe vb2_handle()
        unsafe handle.control = -1
        unsafe handle.kept = -1
        unsafe pthread_mutex_init(&handle.request_lock, nil)
        #expect(unsafe adopt(&handle, raw, UInt32(O_RDWR | O_NONBLOCK)) == 0)
        let place = unsafe DeviceClientCore.map(&handle, raw, nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0)
        guard let base = unsafe UnsafeMutableRawPointer(bitPattern: Int(place)), place > 0 else {
            throw Errno.ioError
        }
        let mapping = unsafe MemoryMapping(adopting: base, count: 4096, access: .readWrite)
        let range = UInt(place)..<UInt(place) + 4096
        let userfault = try Userfault(.everything)
        try userfault.register(range, for: [.missingPage, .protectedPage])
        // What the other one was handed.
        #expect(connection.offer(userfault, for: range, index: 0, plane: 0) == -EINVAL)
        let result = unsafe guardPlane(
            &handle, raw, index: 0, plane: 0, address: UInt64(place), length: 4096,
            userfault: userfault.descriptor.raw)
        #expect(result == 0)
        #expect(frames.count { $0.guards == 1 && $0.isGuarded } == 1)
        unsafe release(&handle)
        unsafe pthread_mutex_destroy(&handle.request_lock)
        // Answered after the end, which the server hears of first.
        let query = unsafe program.queryBuffer(0).result
        #expect(query == 0)
        #expect(frames.allSatisfy { $0.guards == 0 })
        #expect(throws: Errno.noSuchFileOrDirectory) { try userfault.protect(range) }
        withExtendedLifetime(mapping) {}
    }

    /// What a server had taken away when it died is an error, and neither zeros nor a wait without end.
    @Test func theDeathOfTheServerIsSeen() throws {
        let pair = try UnixSocket.pair(kind: .stream)
        let ends = pair.split { SocketEnds(ours: $0, server: $1) }
        let watch = try ServerWatch(ends.ours.descriptor.raw)
        var thread = try SystemThread.start(name: "watch") { watch.run() }
        let first = try grantHalf(to: watch)
        try ends.server.shutdown()
        try expectHalf(first)
        // One that it took with its last breath.
        try expectHalf(grantHalf(to: watch))
        watch.stop.signal()
        thread.join()
    }

    /// Two pages of which the server has taken the first away, and protected the second.
    private func grantHalf(to watch: ServerWatch) throws -> MappedPlane {
        let file = try MemoryFile.create(name: "frame", size: 2 * 4096)
        let mapping = try MemoryMapping(descriptor: file.descriptor, length: 2 * 4096, access: .readWrite)
        let start = unsafe UInt(bitPattern: mapping.base)
        unsafe mapping.base.storeBytes(of: 7, toByteOffset: 4096, as: UInt8.self)
        let range = start..<start + 2 * 4096
        let userfault = try Userfault(.everything)
        try userfault.register(range, for: [.missingPage, .protectedPage])
        try userfault.protect(range)
        watch.add(userfault, range)
        return MappedPlane(mapping)
    }

    private func expectHalf(_ plane: MappedPlane) throws {
        let raw = unsafe Int(bitPattern: plane.mapping.base)
        let result = Locked<Int32>(0)
        let pipe = try Pipe.create()
        let write = pipe.write.raw
        var reader = try SystemThread.start(name: "reader") {
            let taken = unsafe Glibc.write(write, UnsafeRawPointer(bitPattern: raw), 1)
            result.withLock { $0 = taken < 0 ? errno : 0 }
        }
        reader.join()
        #expect(result.withLock { $0 } == EFAULT)
        // What is there is there, and can be written to.
        #expect(unsafe plane.mapping.base.load(fromByteOffset: 4096, as: UInt8.self) == 7)
        unsafe plane.mapping.base.storeBytes(of: 8, toByteOffset: 4096, as: UInt8.self)
    }

    private struct SocketEnds: ~Copyable {
        let ours: UnixSocket
        let server: UnixSocket
    }
}
