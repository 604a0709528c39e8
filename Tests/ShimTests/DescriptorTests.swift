import ProgramSupport
import Testing

extension ShimTests {
    /// What programs do with descriptors and processes in mid-stream; as this user, and as one who has nothing.
    @Suite struct DescriptorTests {
        @Test(arguments: Place.allCases)
        func buffersOfAnotherProcess(_ place: Place) throws {
            let workspace = try Workspace()
            let summary = try workspace.runProgram("export", ["--frames=200"], in: place)
            #expect(summary["frames"] == 200)
            #expect(workspace.counter("copies") == 0)
        }

        @Test(arguments: Place.allCases, ["poll", "block"])
        func fork(_ place: Place, _ wait: String) throws {
            let seed = Int.random(in: 1...1_000_000)
            let summary = try Workspace().runProgram(
                "fork", ["--wait=\(wait)", "--kills=30", "--seed=\(seed)"], in: place)
            #expect(summary["kills"] == 30, "seed \(seed)")
        }

        @Test(arguments: ["exec", "passfd", "closefrom", "dup", "spawn", "busy", "waiter", "witness"], Place.allCases)
        func midStream(_ program: String, _ place: Place) throws {
            _ = try Workspace().runProgram(program, in: place)
        }
    }
}
