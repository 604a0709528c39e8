import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// 256 devices with 1,000 open handles and 64 streams, in one server. How many of their frames are in time is what
    /// `make bench` prints; here it is counted what they take.
    @Suite struct MultitudeTests {
        @Test func oneServerHasThemAll() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("multitude")
            let camera = "pattern,size=640x480,format=YUYV,fps=30"
            // Fewer descriptors than it needs: it raises its own limit as far as it may.
            var server = try TestServer(
                workspace, devices: (0..<256).flatMap { _ in ["--camera", camera] },
                under: ["sh", "-c", "ulimit -S -n 256 && exec \"$@\"", "sh"], seconds: 120)
            let idle = try server.threadCount()
            let before = try server.holdings()
            var running = try RunningProgram(
                workspace, "multitude", [program, "--seconds=3"], variables: server.variables, seconds: 120)
            try running.wait(for: "streaming", in: "multitude.err")
            // No thread for a handle, nor for a stream.
            #expect(try server.threadCount() == idle)
            let outcome = try running.outcome()
            let summary = try Summary("multitude", outcome)
            #expect(summary["handles"] == 1000 && summary["streams"] == 64)
            #expect(summary["frames"] > 64)
            #expect(try server.holdings(returningTo: before) == before)
            _ = try server.stop()
            print("multitude: \(summary["frames"]) frames, \(workspace.counter("late") ?? -1) late")
        }
    }
}
