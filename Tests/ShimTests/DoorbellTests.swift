import ProgramSupport
import Testing

extension ShimTests {
    /// A program is told of frames when there were none, and at no other time.
    @Suite struct DoorbellTests {
        private func run(_ options: [String]) throws -> (Summary, doorbells: Int) {
            let workspace = try Workspace()
            let program = try workspace.compile("doorbells")
            let outcome = try workspace.underDevices(["--camera", Workspace.camera], seconds: 260, [program] + options)
            return (try Summary("doorbells", outcome), workspace.counter("doorbells") ?? -1)
        }

        @Test func noneIsSpurious() throws {
            let (summary, doorbells) = try run(["--frames=1000000"])
            #expect(summary["frames"] >= 1_000_000)
            #expect(summary["spurious"] == 0)
            // Each poll that waited was told by one; those that came while it took frames and found none are the rest.
            #expect(doorbells >= summary["polls"] && doorbells <= summary["frames"] + 1)
        }

        @Test func thereIsOneForAFullQueue() throws {
            let (summary, doorbells) = try run(["--batch=1", "--frames=100000"])
            #expect(summary["frames"] >= 100_000)
            // One more for the buffers of the last round, which nobody takes.
            #expect(doorbells >= summary["batches"] && doorbells <= summary["batches"] + 1)
        }
    }
}
