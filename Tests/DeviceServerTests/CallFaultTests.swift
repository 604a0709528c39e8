import DeviceServer
import FaultSupport
import HostileSupport
import LinuxSystem
import Testing

/// Each system call that a server and its program make from start to stop fails once.
@Suite struct CallFaultTests {
    /// In a process of its own: the faults strike whichever thread comes, and all that the process holds is counted.
    ///
    /// Without `unowned` in what the alarms of DeviceHost, Listener and RequestPacer do and in the clerk's look
    /// (ServerThread.swift), without `weak` in Listener, or without the last line of `stopHosts`, descriptors stay: the
    /// loop knows these objects, and they know the loop.
    @Test(.timeLimit(.minutes(10))) func eachCallOfAServerAndItsProgram() async {
        await #expect(processExitsWith: .success) {
            let directory = try Files.makeTemporaryDirectory(prefix: "vb2-faults-")
            defer { try? Files.removeTree(directory) }
            // Once for what is made only once, then to count.
            #expect(FaultRun(directory, CallFaults()).outcome == nil)
            var before = try Holdings.now()
            let counting = CallFaults()
            #expect(FaultRun(directory, counting).outcome == nil)
            #expect(try Holdings.changes(since: &before) == [])
            for strike in FaultPlan.strikes(on: counting.calls) {
                let faults = strike.faults
                let run = FaultRun(directory, faults)
                // What comes of it may have kept the program from coming so far.
                guard !faults.failed.isEmpty else { continue }
                if strike.errno == .interrupted { #expect(run.outcome == nil, "\(strike)") }
                if let outcome = run.outcome, !FaultRun.mayBe(outcome, of: strike.errno) {
                    Issue.record("\(strike): the program was told \(outcome)")
                }
                #expect(run.recovery == nil, "\(strike): it didn't pass")
                for change in try Holdings.changes(since: &before) { Issue.record("\(strike): \(change)") }
            }
        }
    }
}

/// A server that starts, serves one program and stops, with some call failing.
struct FaultRun {
    /// What the program, or who started the server, was told; nil if all went well.
    private(set) var outcome: Errno?
    /// What a second program was told, when nothing failed any more.
    private(set) var recovery: Errno?

    init(_ directory: String, _ faults: CallFaults) {
        let log = RecordingLog()
        CallFaults.inForceEverywhere(faults)
        defer { CallFaults.inForceEverywhere(nil) }
        let server: DeviceServer
        do {
            server = try DeviceServer(
                configuration: ServerConfiguration(directory: directory, logger: log.logger, threads: 1),
                devices: [DeviceSpecification(node: 0) { CountingDevice() }])
            try server.start()
        } catch {
            outcome = (error as? Errno) ?? .noMemory
            return
        }
        let scenario = FaultScenario(directory: directory)
        do throws(Errno) {
            try scenario.run()
        } catch {
            outcome = error
        }
        CallFaults.inForceEverywhere(nil)
        do throws(Errno) {
            try scenario.run()
        } catch {
            recovery = error
        }
        server.stop()
    }

    /// What a program may be told of a call that failed: what the call gave, what the ioctl's manual has for it, or that
    /// its session is over.
    static func mayBe(_ outcome: Errno, of errno: Errno) -> Bool {
        [errno, .noMemory, .tooManyOpenFilesInSystem, .operationNotSupportedByDevice].contains(outcome)
    }
}
