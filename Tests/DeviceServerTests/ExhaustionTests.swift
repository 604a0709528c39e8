import CVideoABI
import DeviceClient
import DeviceProtocol
import DeviceServer
import Glibc
import HostileSupport
import LinuxSystem
import Testing

/// Something has run out: the program is told, the log says so, nobody spins, and it passes.
///
/// Each in a process of its own, whose limits and calls are its own.
@Suite struct ExhaustionTests {
    /// Without `refuseNext` in Listener.swift the program waits until there is room, and this for ever.
    @Test(.timeLimit(.minutes(2))) func aServerWithoutDescriptorsRefuses() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            let table = FullTable(leaving: 1)
            // The one that is left is this; the server has none to accept it with.
            let socket = try UnixSocket.connect(path: "\(server.directory)/video0.vb2", kind: .stream)
            #expect(try socket.descriptor.readToEnd(limit: 16) == [Wire.refusal, UInt8(ENFILE)])
            #expect(log.contains("the server is out of descriptors"))
            table.empty()
            #expect(Program(try server.connect()).requestBuffers(2) == 2)
        }
    }

    /// What the server says is what open gives.
    @Test(.timeLimit(.minutes(2)), arguments: [(EMFILE, ENFILE), (ENFILE, ENFILE)])
    func theProgramIsToldENFILE(_ given: Int32, _ told: Int32) async {
        await #expect(processExitsWith: .success) { [given, told] in
            let server = try TestServer()
            let faults = CallFaults(failing: "accept()", with: Errno(rawValue: given), times: 1)
            CallFaults.inForceEverywhere(faults)
            #expect(throws: Errno(rawValue: told)) { _ = try server.connect() }
            #expect(faults.failed.count == 1)
            #expect(Program(try server.connect()).requestBuffers(2) == 2)
        }
    }

    /// A page that can't be made. Without the refusal in Session's init it is ENODEV.
    @Test(.timeLimit(.minutes(2))) func aServerWithoutMemoryRefuses() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            CallFaults.inForceEverywhere(CallFaults(failing: "truncate(to:)", with: .noMemory, times: 1))
            #expect(throws: Errno.noMemory) { _ = try server.connect() }
            #expect(log.comesToContain("an open failed: Cannot allocate memory"))
            #expect(Program(try server.connect()).requestBuffers(2) == 2)
        }
    }

    /// Where the reserve doesn't help, nobody is looked for while `pause` lasts: without `pauseListening` in Listener.swift
    /// three failures take no time.
    @Test(.timeLimit(.minutes(2))) func whoCannotBeLetInCostsNothing() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            let faults = CallFaults(failing: "accept()", with: .noMemory, times: 3)
            CallFaults.inForceEverywhere(faults)
            let start = MonotonicTime.now()
            #expect(Program(try server.connect()).requestBuffers(2) == 2)
            #expect(faults.failed.count == 3)
            #expect(MonotonicTime.now().elapsed(since: start).nanoseconds >= 300_000_000)
            // Once, however long it lasts.
            #expect(log.count(of: "nobody can be let in for now: Cannot allocate memory") == 1)
        }
    }

    /// The same for those who ask about buffers. Without the pause in InformationService.swift no time passes.
    @Test(.timeLimit(.minutes(2))) func whoAsksAboutBuffersWaits() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            let faults = CallFaults(failing: "accept()", with: .tooManyOpenFiles, times: 3)
            CallFaults.inForceEverywhere(faults)
            let start = MonotonicTime.now()
            let socket = try UnixSocket.connect(path: "\(server.directory)/\(Wire.informationSocket)", kind: .stream)
            #expect(try !socket.descriptor.readToEnd(limit: 1 << 20).isEmpty)
            #expect(faults.failed.count == 3)
            #expect(MonotonicTime.now().elapsed(since: start).nanoseconds >= 300_000_000)
            #expect(log.count(of: "those who ask about buffers wait") == 1)
        }
    }

    /// The descriptors of a QBUF don't arrive. Without `descriptorsTruncated` in Session.receive it is EINVAL, as for a
    /// number that isn't open.
    @Test(.timeLimit(.minutes(2))) func anImportThatIsLost() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            let program = Program(try server.connect())
            program.memory = V4L2_MEMORY_DMABUF.rawValue
            #expect(program.requestBuffers(1) == 1)
            let memory = try MemoryFile.create(name: "imported", size: 4096).intoDescriptor()
            func queue() -> Int32 {
                var buffer = unsafe program.blank(0)
                unsafe buffer.m.fd = memory.raw
                return unsafe program.call(VB2_VIDIOC_QBUF, &buffer)
            }
            let table = FullTable(leaving: 0)
            #expect(queue() == -ENOMEM)
            table.empty()
            #expect(log.contains("a request's descriptors were lost"))
            #expect(queue() == 0)
        }
    }

    /// Too many descriptors of the server's user are under way. Without the second `transmit` in ControlChannel.send the
    /// program waits for its answer for ever.
    @Test(.timeLimit(.minutes(2))) func anAnswerThatCannotBeSent() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            let program = Program(try server.connect())
            #expect(program.requestBuffers(2) == 2)
            CallFaults.inForceEverywhere(
                CallFaults(failing: "sendNonblocking(_:descriptors:)", with: .tooManyReferences, times: 1))
            #expect(export(program) == -ENFILE)
            #expect(log.contains("an answer could not be sent"))
            #expect(export(program) == 0)
        }
    }

    /// Fewer buffers than it asked for, or none; the log says why.
    @Test(.timeLimit(.minutes(2))) func buffersThatFindNoMemory() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            let program = Program(try server.connect())
            CallFaults.inForceEverywhere(CallFaults(failing: "truncate(to:)", with: .noMemory, times: 1))
            #expect(program.requestBuffers(2) == -ENOMEM)
            #expect(log.contains("a program got fewer buffers than it asked for"))
            #expect(program.requestBuffers(2) == 2)
        }
    }

    /// The devices' thread can't wait for anything any more: the log says so, and programs are told, once. Without the
    /// `catch` in ServerThread.run nothing is said. In this process each epoll set becomes something else.
    @Test(.timeLimit(.minutes(2))) func whoCannotWaitEnds() async {
        await #expect(processExitsWith: .success) {
            let log = RecordingLog()
            let server = try TestServer([DeviceSpecification(node: 0) { CountingDevice() }], log: log)
            let program = Program(try server.connect())
            #expect(program.requestBuffers(2) == 2)
            let nothing = try Files.open("/dev/null", .readWrite)
            for name in try Files.list("/proc/self/fd") {
                guard let number = Int32(name), let target = try? Files.target(ofLink: "/proc/self/fd/\(name)") else {
                    continue
                }
                if target == "anon_inode:[eventpoll]" { _ = dup2(nothing.raw, number) }
            }
            // It waits in what was the set, until this wakes it.
            _ = program.requestBuffers(0)
            #expect(log.comesToContain("the devices end: can't wait for programs: Invalid argument"))
            #expect(throws: Errno.self) { _ = try program.device.waitReadable(timeout: .seconds(60)) }
            #expect(throws: Errno.self) { _ = try server.connect() }
        }
    }

    /// Each thread that a server needs: whoever starts it is told which, nothing is left running, and it can be tried
    /// again.
    @Test(.timeLimit(.minutes(2))) func aServerWithoutThreadsSaysSo() async {
        await #expect(processExitsWith: .success) {
            for _ in 0..<2 {
                let faults = CallFaults(
                    failing: "start(name:stackSize:_:)", with: .resourceTemporarilyUnavailable, times: 1)
                CallFaults.inForceEverywhere(faults)
                let error = #expect(throws: ServerError.self) { _ = try TestServer() }
                #expect(
                    error?.description == "can't start a thread for the devices: Resource temporarily unavailable")
                CallFaults.inForceEverywhere(nil)
                let server = try TestServer()
                #expect(Program(try server.connect()).requestBuffers(2) == 2)
            }
        }
    }
}

private func export(_ program: Program) -> Int32 {
    var export = v4l2_exportbuffer()
    export.type = program.type
    export.flags = UInt32(O_CLOEXEC | O_RDWR)
    let result = program.call(VB2_VIDIOC_EXPBUF, &export)
    if result == 0 { _ = OwnedDescriptor(adopting: export.fd) }
    return result
}
