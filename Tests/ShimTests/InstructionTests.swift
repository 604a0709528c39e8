import ProgramSupport
import Testing

extension ShimTests {
    /// Counts are the same on every run, so a test can insist on them; times never are.
    @Suite struct InstructionTests {
        /// Each as `memory.call.place`, as Benchmarks/Thresholds/instructions.txt has them.
        @Test(.enabled(if: InstructionCount.isAvailable, "valgrind isn't installed"))
        func callsStayShort() throws {
            let workspace = try Workspace()
            let program = try workspace.compileInstructionCounter()
            var server = try TestServer(workspace, devices: ["--camera", InstructionCount.camera])
            for (name, limit) in try Thresholds("instructions").entries {
                let parts = name.split(separator: ".").map(String.init)
                try #require(parts.count == 3)
                let count = try InstructionCount.perCall(
                    workspace, server, program: program, memory: parts[0], call: parts[1], place: parts[2])
                #expect(count > 100 && count <= limit, "\(name)")
            }
            _ = try server.stop()
        }
    }
}
