import ProgramSupport
import Testing

extension ShimTests {
    @Suite struct StreamTests {
        /// No wake is lost, or the program would hang; and none is spurious.
        @Test(arguments: [
            ["--wait=block"], ["--wait=poll"], ["--wait=select"], ["--wait=epoll"], ["--wait=epoll-et"],
            ["--wait=poll", "--spin=yes"], ["--wait=epoll-et", "--spin=yes"],
            ["--wait=block", "--threads=2"], ["--wait=poll", "--threads=2"],
            ["--wait=poll", "--threads=2", "--both=yes"], ["--wait=epoll", "--threads=2", "--both=yes"],
        ])
        func everyWakeIsRight(_ options: [String]) throws {
            let workspace = try Workspace()
            let summary = try workspace.runProgram("stream", options + ["--frames=100000"])
            #expect(summary["frames"] >= 100_000)
            #expect(summary["spurious"] == 0)
            #expect(workspace.counter("copies") == 0)
            #expect(workspace.counter("frames") ?? 0 >= 100_000)
        }

        @Test(arguments: ["mmap", "userptr", "dmabuf"], ["block", "epoll"])
        func everyMemory(_ memory: String, _ wait: String) throws {
            let workspace = try Workspace()
            let summary = try workspace.runProgram(
                "stream", ["--memory=\(memory)", "--wait=\(wait)", "--frames=10000"], in: Place.allCases.last ?? .here)
            #expect(summary["frames"] == 10_000)
            // The program's half copies user pointers once a frame, and nothing else.
            #expect(workspace.counter("copies") == (memory == "userptr" ? 10_000 : 0))
        }

        /// With two buffers each frame finds the queue empty: every wake is the one that counts.
        @Test(arguments: ["block", "poll", "epoll-et"])
        func fewBuffers(_ wait: String) throws {
            let summary = try Workspace().runProgram(
                "stream", ["--buffers=2", "--wait=\(wait)", "--frames=20000", "--threads=2"])
            #expect(summary["frames"] == 20_000)
        }

        /// The kernel's own poll on the descriptor, which the library can't correct.
        @Test func socketIsExact() throws {
            let summary = try Workspace().runProgram("exactness", ["--frames=30000"])
            #expect(summary["dry"] > 1000)
        }
    }
}
