import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// What runs out for real: a program is told, the log or the command says so, and it passes.
    @Suite struct ScarcityTests {
        /// An open takes three descriptors of the server. Which of them is the first that it finds no number for depends
        /// on how many it has from the start, so there is a limit for each.
        ///
        /// Without `refuseNext` in Listener.swift this fails; without `Refusal.send` in `Session.init` (Session.swift) or
        /// `lostLine` in Adoption.swift the program is told ENODEV.
        @Test func descriptorsOfTheServer() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("scarcity")
            let lines = [
                "an open failed: the server is out of descriptors (Too many open files)",
                "an open failed: Too many open files", "a process's line was lost: Too many open files",
            ]
            var said: Set<String> = []
            for limit in 100...102 {
                try? Files.remove(workspace.file("server.log"))
                var server = try TestServer(
                    workspace, devices: Workspace.twoCameras, under: ["prlimit", "--nofile=\(limit):\(limit)"])
                let outcome = try workspace.run([program, "--limit=server"], variables: server.variables)
                #expect(try Summary("scarcity", outcome)["opened"] > 5)
                #expect(try server.stop().status == 0)
                let log = workspace.text("server.log")
                let now = lines.filter { log.contains($0) }
                #expect(!now.isEmpty, "\(limit): \(log)")
                said.formUnion(now)
            }
            #expect(said == Set(lines))
        }

        /// Without `wasTruncated` in Mapping.swift, and its like for EXPBUF, it would be ENODEV.
        @Test func descriptorsOfAProgram() throws {
            let workspace = try Workspace()
            let summary = try workspace.runProgram("scarcity", ["--limit=program"])
            #expect(summary["opened"] > 5)
        }

        /// What is shown goes on, without a file. Without `recorder = nil` in `VirtualDisplay.record` the log has a line for
        /// each frame.
        @Test(.enabled(if: SmallDisk.isPossible, "only root can mount a disk")) func diskOfARecording() throws {
            let workspace = try Workspace()
            let disk = try SmallDisk.make(megabytes: 2)
            let stream = try workspace.compile("stream")
            let display = "display:size=640x480,format=YU12,pace=ondemand,y4m=\(disk.folder)/shown.y4m"
            var server = try TestServer(
                workspace, devices: ["--camera", Workspace.camera, "--display", display])
            var witness = try RunningProgram(
                workspace, "witness", [stream, "--device=/dev/video0", "--frames=0", "--wait=poll"],
                variables: server.variables)
            try witness.wait(for: "streaming", in: "witness.err")
            let frames = 30
            let writer = try workspace.run(
                ["dd", "if=/dev/zero", "of=/dev/video1", "bs=460800", "count=\(frames)", "conv=notrunc"],
                variables: server.variables)
            #expect(writer.status == 0, "\(writer.text)")
            try witness.sendToProgram(SignalNumber.terminate)
            #expect(try Summary("stream", try witness.outcome())["frames"] > 100)
            #expect(try server.stop().status == 0)
            let lines = workspace.text("server.log").split(separator: "\n").filter { $0.contains("No space left") }
            #expect(lines.count == 1, "\(workspace.text("server.log"))")
            #expect(lines.first?.contains("shown.y4m") == true)
        }

        @Test(.enabled(if: SmallDisk.isPossible, "only root can mount a disk")) func diskOfACapture() throws {
            let workspace = try Workspace()
            let disk = try SmallDisk.make(megabytes: 2)
            let outcome = try workspace.underCamera(
                "pattern,size=640x480,format=YU12,pace=ondemand",
                [workspace.vb2, "capture", "--count", "30", "--output", "\(disk.folder)/clip.y4m"])
            #expect(outcome.status == 73, "\(outcome.text)")
            #expect(outcome.error.contains("No space left"), "\(outcome.text)")
        }
    }
}
