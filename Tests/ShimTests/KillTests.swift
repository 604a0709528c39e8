import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// Programs, children and servers that are killed between any two instructions of any step that a program asks for, by a
    /// process that traces them. A seed says where; the first is printed, and each kill has the next one. `make soak` makes
    /// it 10,000 kills (`VB2_SOAK_KILLS`), here they are 2,000.
    @Suite struct KillTests {
        private static let kills = Environment.value("VB2_SOAK_KILLS").flatMap { Int($0) } ?? 2000
        private static let seed = Environment.value("VB2_SEED").flatMap { Int($0) } ?? Int.random(in: 1...1_000_000_000)

        /// The server gives back what was theirs, the device is as good as ever, and a stream on another camera of the same
        /// thread loses nothing.
        ///
        /// Without `host.ioctls.close(handle)` in `Session.close` (Session.swift) this fails: the next program finds the
        /// device busy. Without `channels.removeAll` in `Session.channelEnded` a child's line to the server stays open. With
        /// a plane that isn't released (Queue+Allocation.swift) the log says that the queue is unbalanced.
        @Test(arguments: [("program", kills * 6 / 10), ("child", kills * 2 / 10)])
        func programsAreKilled(_ kind: String, kills: Int) throws {
            let workspace = try Workspace()
            let program = try workspace.compile("kills")
            let stream = try workspace.compile("stream")
            let display = ["--display", "display:size=64x48,format=GREY,pace=ondemand"]
            var server = try TestServer(
                workspace, devices: Workspace.twoCameras + display, seconds: 100 + kills)
            var witness = try RunningProgram(
                workspace, "witness", [stream, "--device=/dev/video1", "--frames=0", "--wait=poll"],
                variables: server.variables, seconds: 100 + kills)
            try witness.wait(for: "streaming", in: "witness.err")
            let outcome = try workspace.run(
                // On one CPU the tracer and the traced take turns without waking each other across CPUs.
                [
                    "taskset", "-c", "0", program, "--kind=\(kind)", "--kills=\(kills)", "--seed=\(Self.seed)",
                    "--server=\(server.pid)",
                ], variables: server.variables, seconds: 100 + kills)
            let summary = try Summary("kills", outcome)
            print(
                """
                \(kind): \(summary["kills"]) killed, \(summary["inside"]) of them within one of \(summary["places"]) steps \
                of \(summary["instructions"]) instructions together, seed \(Self.seed)
                """)
            #expect(summary["kills"] == kills)
            #expect(summary["inside"] > kills * 9 / 10)
            #expect(try workspace.vb2(["info", "--buffers", "--directory", workspace.file("sockets")]).status == 0)
            try witness.sendToProgram(SignalNumber.terminate)
            let seen = try Summary("stream", try witness.outcome())
            #expect(seen["frames"] > 1000, "seed \(Self.seed)")
            #expect(try server.stop().status == 0, "seed \(Self.seed)")
            let unbalanced = workspace.text("server.log").split(separator: "\n").filter { $0.contains("unbalanced") }
            #expect(unbalanced.isEmpty)
        }

        /// The program is told at once, by poll and by each call; what it has mapped is still there; and it finds the device
        /// again when there is a server.
        ///
        /// Without `whyShut` where read() has no view of its frame (FileIO.swift) this fails: it said EIO.
        @Test func serversAreKilled() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("serverkills")
            let kills = Self.kills * 2 / 10
            let outcome = try workspace.run(
                [
                    "taskset", "-c", "0", program, "--vb2=\(workspace.vb2)", "--directory=\(workspace.file("sockets"))",
                    "--kills=\(kills)", "--seed=\(Self.seed)",
                ],
                variables: [
                    "LD_PRELOAD": workspace.file("libVideoShim.so"), "VB2_DIRECTORY": workspace.file("sockets"),
                ], seconds: 100 + kills)
            let summary = try Summary("serverkills", outcome)
            print("server: \(summary["kills"]) killed, at up to \(summary["calls"]) system calls, seed \(Self.seed)")
            #expect(summary["kills"] == kills)
        }
    }
}
