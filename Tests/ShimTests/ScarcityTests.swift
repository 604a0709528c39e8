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
        /// ENFILE at the end of `Adoption.connect` the program is told ENODEV.
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

        /// Without the results of System.map, in Mapping.swift and Adoption.mapPage, it would be something else.
        @Test func addressesOfAProgram() throws {
            let workspace = try Workspace()
            _ = try workspace.runProgram("scarcity", ["--limit=addresses"])
        }

        /// As many as RLIMIT_NOFILE, unless root sends them. Without the first case of System.reason(ofFailedSend:) it is
        /// ENODEV.
        @Test(.enabled(if: effectiveUserID == 0, "only root can run a program as another user"))
        func descriptorsUnderWay() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("scarcity")
            var server = try TestServer(
                workspace, devices: Workspace.twoCameras + ["--allow-user", "\(Self.user)"])
            let outcome = try workspace.run(
                Self.asUser + [program, "--limit=flight"], variables: server.variables)
            _ = try Summary("scarcity", outcome)
            #expect(try server.stop().status == 0)
        }

        /// One thread more each time, until the server starts: it says which it can't make, and then does without those
        /// that it would like. With `async` in Main.main (VB2.swift) this hangs: Dispatch waits for threads without a
        /// word.
        @Test(.enabled(if: effectiveUserID == 0, "only root can run a server as another user, whom RLIMIT_NPROC binds"))
        func threadsOfTheServer() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("scarcity")
            var refused = 0
            for limit in 1...8 {
                var server: TestServer
                do {
                    server = try TestServer(
                        workspace, devices: ["--camera", Workspace.camera],
                        under: Self.asUser + ["prlimit", "--nproc=\(limit)"], seconds: 30)
                } catch {
                    let text = "\(error)"
                    #expect(text.contains("status 71") && text.contains("Resource temporarily unavailable"), "\(text)")
                    refused += 1
                    continue
                }
                let outcome = try workspace.run([program, "--limit=threads"], variables: server.variables)
                _ = try Summary("scarcity", outcome)
                #expect(try server.stop().status == 0)
                break
            }
            // The devices' thread, and the one that tells of them.
            #expect(refused == 2)
        }

        /// A program has a server's buffers filled until no more fit: its calls get ENOMEM, and when it has given them
        /// back all is as before. Without `reportExhaustion` after the QBUF in Session.perform the log says nothing.
        @Test func memoryOfTheServer() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("scarcity")
            let camera = "pattern,size=1920x1080,format=XR24,pace=ondemand"
            var server = try TestServer(
                workspace, devices: ["--camera", camera], under: ["prlimit", "--as=\(200 << 20)"])
            let outcome = try workspace.run([program, "--limit=memory"], variables: server.variables)
            #expect(try Summary("scarcity", outcome)["refused"] > 20)
            #expect(try server.stop().status == 0)
            let lines = workspace.text("server.log").split(separator: "\n").filter {
                $0.contains("a buffer could not be taken: Cannot allocate memory")
            }
            // Not one for each.
            #expect((1..<20).contains(lines.count), "\(workspace.text("server.log"))")
        }

        /// A little more memory each time: either the server says that it can't start, or it serves and ends as it should.
        /// Without `Memory.reserveHeap` in Main.main (VB2.swift) there are limits between with which it traps.
        @Test func memoryToStartWith() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("scarcity")
            var refused = 0
            for megabytes in stride(from: 24, through: 200, by: 2) {
                var server: TestServer
                do {
                    server = try TestServer(
                        workspace, devices: Workspace.twoCameras, under: ["prlimit", "--as=\(megabytes << 20)"],
                        seconds: 30)
                } catch {
                    let text = "\(error)"
                    // With too little for the libraries that it is linked with, its loader says so.
                    let isLoader = text.contains("status 127") && text.contains("shared libraries")
                    #expect(text.contains("status 71") || isLoader, "\(megabytes) MiB: \(text)")
                    refused += 1
                    continue
                }
                // It may have no room for a buffer; then the program is told so.
                let outcome = try workspace.run([program, "--limit=memory"], variables: server.variables)
                #expect(!outcome.isHung)
                #expect(try server.stop().status == 0, "\(megabytes) MiB: \(outcome.text)")
                if outcome.status == 0 { break }
                #expect(outcome.output.contains("errno 12"), "\(megabytes) MiB: \(outcome.text)")
            }
            #expect(refused > 0)
        }

        /// Nobody here has the number.
        private static let user = 61020
        private static let asUser = ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups", "--"]

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
