import LinuxSystem
import ProgramSupport
import Testing

extension ProgramTests {
    @Suite struct DeathTests {
        /// The variables that a server's command prints.
        private func variables(_ workspace: Workspace) -> [String: String] {
            var variables: [String: String] = [:]
            for line in workspace.text("server.out").split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            }
            return variables
        }

        private func serve(_ workspace: Workspace, _ cameras: [String]) throws -> RunningProgram {
            let options = ["--directory", workspace.file("sockets"), "--log", workspace.file("server.log")]
            var server = try RunningProgram(
                workspace, "server", [workspace.vb2, "serve"] + options + cameras.flatMap { ["--camera", $0] })
            try server.wait(for: "LD_PRELOAD", in: "server.out")
            return server
        }

        private func stream(
            _ workspace: Workspace, _ name: String, _ options: [String]
        ) throws -> RunningProgram {
            try RunningProgram(
                workspace, name, ["v4l2-ctl", "--stream-mmap=4"] + options, variables: variables(workspace))
        }

        /// A program that waits for a frame when the server is killed gets an error, and ends by itself.
        @Test(arguments: [[], ["--stream-poll"]])
        func programOutlivesItsServer(_ options: [String]) throws {
            let workspace = try Workspace()
            var server = try serve(workspace, ["pattern,size=320x240,fps=60"])
            var program = try stream(workspace, "a", options + ["--stream-to=\(workspace.file("a.raw"))"])
            try program.wait(forBytes: 500_000, in: "a.raw")
            try server.sendToProgram(SignalNumber.kill)
            let outcome = try program.outcome()
            #expect(!outcome.isHung, "\(outcome.text)")
            #expect(outcome.status < 128, "\(outcome.text)")
            #expect((outcome.output + outcome.error).contains("No such device"), "\(outcome.text)")
            _ = try server.outcome()
        }

        /// A program that is killed leaves its camera to the next, and the other cameras' streams as they were.
        @Test func serverOutlivesItsPrograms() throws {
            let workspace = try Workspace()
            let camera = "pattern,size=320x240,fps=60,format=YUYV"
            var server = try serve(workspace, [camera, camera])
            let second = ["-d", "/dev/video1", "--stream-count=240", "--stream-to=\(workspace.file("b.raw"))"]
            var other = try stream(workspace, "other", second)
            try other.wait(forBytes: 500_000, in: "b.raw")
            for _ in 0..<3 {
                try? Files.remove(workspace.file("a.raw"))
                var victim = try stream(workspace, "victim", ["--stream-to=\(workspace.file("a.raw"))"])
                try victim.wait(forBytes: 500_000, in: "a.raw")
                try victim.sendToProgram(SignalNumber.kill)
                _ = try victim.outcome()
            }
            var next = try stream(workspace, "next", ["--stream-count=30", "--stream-to=\(workspace.file("c.raw"))"])
            let nextOutcome = try next.outcome()
            let otherOutcome = try other.outcome()
            try server.send(SignalNumber.terminate)
            let serverOutcome = try server.outcome()
            #expect(serverOutcome.status == 0, "\(serverOutcome.text)")
            #expect(try Files.list(workspace.file("sockets")).isEmpty)
            try ProgramRecording(workspace, nextOutcome, "c.raw").expectLive(frames: 30)
            try ProgramRecording(workspace, otherOutcome, "b.raw").expectLive(frames: 240)
        }

        @Test func secondProgramOnACameraIsRefused() throws {
            let workspace = try Workspace()
            var server = try serve(workspace, ["pattern,size=320x240,fps=60,format=YUYV"])
            let options = ["--stream-count=120", "--stream-to=\(workspace.file("a.raw"))"]
            var first = try stream(workspace, "first", options)
            try first.wait(forBytes: 500_000, in: "a.raw")
            var second = try stream(workspace, "second", ["--stream-count=1"])
            let refused = try second.outcome()
            #expect((refused.output + refused.error).contains("Device or resource busy"), "\(refused.text)")
            let list = try workspace.vb2(["list", "--directory", workspace.file("sockets")])
            #expect(list.output.contains("(streaming)"), "\(list.text)")
            let outcome = try first.outcome()
            try server.send(SignalNumber.terminate)
            _ = try server.outcome()
            try ProgramRecording(workspace, outcome, "a.raw").expectLive(frames: 120)
        }

        @Test func noServerIsNoDevice() throws {
            let workspace = try Workspace()
            let variables = [
                "LD_PRELOAD": workspace.file("libVideoShim.so"), "VB2_DIRECTORY": workspace.file("nowhere"),
            ]
            let open = try workspace.run(["cat", "/dev/video199"], variables: variables)
            #expect(open.status == 1)
            #expect(open.error.contains("No such file or directory"), "\(open.text)")
            let all = try workspace.run(["v4l2-ctl", "-d", "/dev/video199", "--all"], variables: variables)
            #expect(all.status == 1)
            #expect(all.error.contains("Cannot open device"), "\(all.text)")
        }
    }
}
