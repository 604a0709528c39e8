import ProgramSupport
import Testing

extension ShimTests {
    /// Programs that print a PASS or FAIL line for each part, and exit with the number of failures.
    @Suite struct InterpositionTests {
        private func checked(_ outcome: Outcome) {
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(outcome.output.contains("PASS") && !outcome.output.contains("FAIL"), "\(outcome.text)")
        }

        /// Files that are no devices: the same with the library and without it.
        @Test func foreignFiles() throws {
            let workspace = try Workspace()
            let foreign = try workspace.compile("foreign")
            let alone = try workspace.run([foreign])
            checked(alone)
            let preloaded = try workspace.underCamera(Workspace.camera, [foreign])
            checked(preloaded)
            #expect(preloaded.output == alone.output)
        }

        /// Here only: where other nodes are bound over files, as in our container, listing /dev shows files.
        @Test func directory() throws {
            let workspace = try Workspace()
            let program = try workspace.compile("directory")
            checked(try workspace.underCamera(Workspace.camera, [program]))
        }

        @Test(arguments: ["vforkclose", "waiting", "races"], Place.allCases)
        func devices(_ name: String, _ place: Place) throws {
            let workspace = try Workspace()
            let program = try workspace.compile(name)
            checked(try workspace.underCamera(Workspace.camera, in: place, [program]))
        }
    }
}
