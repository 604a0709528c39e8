import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// Programs that give their streams no room cost the server nothing, and other streams nothing.
    @Suite struct StallTests {
        static let modes = ["never", "poll", "stopped", "held", "single"]
        static let camera = "pattern,size=64x48,format=GREY,fps=60"

        @Test func aStalledStreamWakesNobody() throws {
            let workspace = try Workspace()
            let stall = try workspace.compile("stall")
            let steady = try workspace.compile("steady")
            var server = try TestServer(
                workspace,
                devices: Self.modes.flatMap { _ in ["--camera", Self.camera] } + ["--camera", Workspace.camera],
                seconds: 120)
            try run(steady, "alone", workspace, server)
            try with(Self.modes[...], stall, workspace, server) {
                let calm = try calmWakes(server)
                try Processes.pause(milliseconds: 10_000)
                #expect(try server.wakeCount() == calm, "the server woke up in ten seconds of stalled streams")
                // Another stream has what it had, at what it cost.
                try run(steady, "beside", workspace, server)
            }
            _ = try server.stop()
            let wakes = workspace.text("server.log").split(separator: "\n").filter { $0.contains(" node=5 ") }
            #expect(wakes.count == 2)
            #expect(workspace.counter("late") == 0)
        }

        private func run(
            _ steady: String, _ name: String, _ workspace: Workspace, _ server: borrowing TestServer
        ) throws {
            let before = try server.wakeCount()
            let outcome = try workspace.run(
                [steady, "--device=/dev/video\(Self.modes.count)"], variables: server.variables)
            #expect(try Summary("steady", outcome)["frames"] == 1000)
            // As many as frames and requests at most: nobody else's.
            #expect(try server.wakeCount() - before <= 1200, "\(name)")
        }

        /// One program for each mode, each on a camera of its own.
        private func with(
            _ modes: ArraySlice<String>, _ stall: String, _ workspace: Workspace, _ server: borrowing TestServer,
            _ body: () throws -> Void
        ) throws {
            guard let mode = modes.first else { return try body() }
            var program = try RunningProgram(
                workspace, mode, [stall, "--mode=\(mode)", "--device=/dev/video\(Self.modes.count - modes.count)"],
                variables: server.variables)
            try program.wait(for: "stalled", in: "\(mode).err")
            try with(modes.dropFirst(), stall, workspace, server, body)
            try program.sendToProgram(SignalNumber.kill)
            _ = try program.outcome()
        }

        /// The wake-ups at a time when none has come for a second: then all buffers are full.
        private func calmWakes(_ server: borrowing TestServer) throws -> Int {
            var last = try server.wakeCount()
            for _ in 0..<20 {
                try Processes.pause(milliseconds: 1000)
                let now = try server.wakeCount()
                if now == last { return now }
                last = now
            }
            throw ProgramFailure(text: "the server's wake-ups don't end")
        }
    }
}
