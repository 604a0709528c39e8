import LinuxSystem
import ProgramSupport
import Testing

extension ShimTests {
    /// A hundred cameras of 4 × 8 MiB, each with a program that has its buffers allocated and mapped, and 64 MiB for all
    /// of them together.
    @Suite(.serialized) struct CrowdTests {
        private static let budget = 64 << 20
        private static let frame = 8 << 20
        private static let cameras = 100

        private func crowd(_ workspace: Workspace, _ options: [String], swap: Bool) throws -> Summary {
            let program = try workspace.compile("crowd")
            let spec = "pattern,size=2048x2048,limit=2048x2048,format=YUYV,pace=ondemand"
            let devices = Array(repeating: ["--camera", spec], count: Self.cameras).flatMap { $0 }
            let outcome = try workspace.underDevices(
                ["--budget", "64M"] + (swap ? [] : ["--no-swap"]) + devices, seconds: 300, [program] + options)
            return try Summary("crowd", outcome)
        }

        @Test func allStreamWithinTheBudget() throws {
            let workspace = try Workspace()
            let summary = try crowd(workspace, ["--cameras=\(Self.cameras)"], swap: false)
            #expect(summary["cameras"] == Self.cameras)
            #expect(summary["allocated"] == 0)
            #expect(summary["most"] <= Self.budget + 4 * Self.frame)
            #expect(summary["refused"] == 0)
        }

        /// What programs hold stays, is told, and leaves no room for more.
        @Test func withoutSwapHeldFramesStay() throws {
            let workspace = try Workspace()
            let summary = try crowd(workspace, ["--cameras=\(Self.cameras)", "--hold=1"], swap: false)
            #expect(summary["intact"] == Self.cameras)
            #expect(summary["most"] >= Self.cameras * Self.frame)
            #expect(summary["most"] <= Self.budget + Self.cameras * Self.frame)
            #expect(summary["refused"] == Self.cameras)
            let log = workspace.text("server.log")
            #expect(log.contains("(a program holds its content, and there is no swap)"), "\(log)")
        }

        @Test(.enabled(if: TestSwap.isPossible, "only root can make swap"))
        func withSwapHeldFramesGoThere() throws {
            let workspace = try Workspace()
            let swap = try TestSwap(workspace, megabytes: 2048)
            let summary = try crowd(workspace, ["--cameras=\(Self.cameras)", "--hold=1"], swap: true)
            #expect(summary["intact"] == Self.cameras)
            #expect(summary["most"] <= Self.budget + 4 * Self.frame)
            _ = consume swap
        }
    }
}
