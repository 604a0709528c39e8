import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    @Suite struct DeathTests {
        /// A program that sleeps in a wait for a frame, and its server.
        private struct Sleeper: ~Copyable {
            let workspace: Workspace
            var server: TestServer
            var program: RunningProgram

            init(_ wait: String) throws {
                let workspace = try Workspace()
                let death = try workspace.compile("death")
                let server = try TestServer(workspace, devices: Workspace.twoCameras)
                var program = try RunningProgram(
                    workspace, "program", [death, "--wait=\(wait)"], variables: server.variables, seconds: 30)
                try program.wait(for: "waiting", in: "program.err")
                try Processes.waitUntilAsleep(try TestServer.child(of: program.pid))
                self.workspace = workspace
                self.server = server
                self.program = program
            }
        }

        /// The server is killed while a program sleeps: the program wakes, and is told that the device is gone.
        @Test(arguments: ["block", "poll", "select", "epoll"])
        func serverIsKilled(_ wait: String) throws {
            var sleeper = try Sleeper(wait)
            try sleeper.server.kill()
            let summary = try Summary("death", try sleeper.program.outcome())
            #expect(summary["frames"] == 24)
            _ = try sleeper.server.stop()
        }

        /// The server is stopped as a service manager does it: the same, and it ends well and takes its sockets away.
        /// Without the removals in ServerThread.swift and InformationService.stop the sockets stay.
        @Test(arguments: ["block", "poll", "select", "epoll"])
        func serverIsStopped(_ wait: String) throws {
            var sleeper = try Sleeper(wait)
            #expect(try sleeper.server.stop().status == 0)
            let summary = try Summary("death", try sleeper.program.outcome())
            #expect(summary["frames"] == 24)
            #expect(try Files.list(sleeper.workspace.file("sockets")) == [])
        }

        /// Programs are killed at any moment: the server gives back all that was theirs, and a stream on
        /// another camera loses nothing.
        @Test func programsAreKilled() throws {
            let workspace = try Workspace()
            let stream = try workspace.compile("stream")
            let victims = try workspace.compile("victims")
            let seed = Int.random(in: 1...1_000_000)
            var server = try TestServer(workspace, devices: Workspace.twoCameras)
            var witness = try RunningProgram(
                workspace, "witness", [stream, "--device=/dev/video1", "--frames=0", "--wait=poll"],
                variables: server.variables)
            try witness.wait(for: "streaming", in: "witness.err")
            let before = try server.holdings()
            let outcome = try workspace.run(
                [victims, "--program=\(stream)", "--kills=50", "--seed=\(seed)"], variables: server.variables)
            let summary = try Summary("victims", outcome)
            #expect(summary["kills"] == 50, "seed \(seed)")
            #expect(summary["streaming"] >= 25, "seed \(seed)")
            let after = try server.holdings(returningTo: before)
            #expect(after == before, "seed \(seed)")
            try witness.sendToProgram(SignalNumber.terminate)
            let seen = try Summary("stream", try witness.outcome())
            #expect(seen["frames"] > 1000, "seed \(seed)")
            #expect(try server.stop().status == 0, "seed \(seed)")
        }
    }
}
