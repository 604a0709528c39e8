import DeviceServer
import Glibc
import HostileSupport
import LinuxSystem
import Testing

@testable import DeviceClientCore

/// A process's line to the server can't be made: for want of memory, or of descriptors under way.
@Suite struct AdoptionFaultTests {
    /// The line of one more process is lost; the first goes on, and the next try succeeds. With `throw End(...)` in the
    /// last `catch` of Session.adopt, instead of its report, the first process's session ends too.
    @Test(arguments: [ENOMEM, ENOSPC]) func theOthersGoOn(_ number: Int32) throws {
        let bench = try SteppedBench()
        let client = try bench.open()
        let line = try UnixSocket.pair(kind: .sequencedPacket, nonblocking: true).split { ours, theirs in
            try? client.sendAdoption([theirs.descriptor.raw])
            return ours.intoDescriptor()
        }
        let faults = CallFaults(failing: "add(_:events:token:)", with: Errno(rawValue: number), times: 1)
        CallFaults.$current.withValue(faults) { _ = bench.server.settle() }
        #expect(faults.failed.count == 1)
        #expect(bench.log.contains("a process's line was lost: \(Errno(rawValue: number))"))
        #expect(try line.wait(for: .input, timeout: .nanoseconds(0)).contains(.hangUp))
        #expect(!client.isCutOff)
        #expect(try bench.ask(client, .capability)?.result == 0)
        try client.adopt()
        #expect(try bench.ask(client, .capability)?.result == 0)
    }

    /// Without `checkHeadroom` in Session.adopt the line is made with the last memory that there is.
    @Test func aLineNeedsRoom() throws {
        let bench = try SteppedBench()
        let client = try bench.connect()
        try client.adopt()
        let faults = CallFaults(failing: "checkHeadroom(_:)", with: .noMemory, times: 2)
        CallFaults.$current.withValue(faults) { _ = bench.server.settle() }
        // The open is refused first; of the line there is nothing to be seen.
        #expect(faults.failed.count == 1)
        #expect(bench.log.contains("an open failed: Cannot allocate memory"))
        #expect(client.isCutOff)
        let other = try bench.open()
        let again = CallFaults(failing: "checkHeadroom(_:)", with: .noMemory, times: 1)
        try other.adopt()
        CallFaults.$current.withValue(again) { _ = bench.server.settle() }
        #expect(again.failed.count == 1)
        #expect(bench.log.contains("a process's line was lost: Cannot allocate memory"))
        #expect(!other.isCutOff)
    }

    /// Without System.reason(ofFailedSend:), and ENODEV for all, a program would think that the server is gone.
    @Test(arguments: [
        (ETOOMANYREFS, EMFILE), (ENOMEM, ENOMEM), (ENOBUFS, ENOMEM), (EPIPE, ENODEV), (ECONNRESET, ENODEV),
    ]) func whatAProgramIsTold(_ result: Int32, _ told: Int32) {
        #expect(System.reason(ofFailedSend: -Int64(result)) == -Int64(told))
    }
}
