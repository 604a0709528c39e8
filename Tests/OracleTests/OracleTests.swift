import LinuxSystem
import ProgramSupport
import Testing

/// The scenarios of Tests/Oracle on our devices, against what a real kernel answered: see Scripts/kernel-oracle.
@Suite(.serialized) struct OracleTests {
    @Test(arguments: ["single", "multi"])
    func equalsTheKernel(_ kind: String) throws {
        let workspace = try Workspace()
        let outcome = try workspace.run(
            ["\(Workspace.root)/Scripts/kernel-oracle", "compare", kind],
            variables: ["VB2_BUILD": workspace.path, "VB2_ORACLE_CACHE": workspace.path], seconds: 300)
        #expect(outcome.status == 0, "\(outcome.text)")
        print(outcome.output.split(separator: "\n").suffix(2).joined(separator: "\n"))
    }

    /// A comparison that can't find anything would be worth nothing.
    @Test func aDifferenceIsFound() throws {
        let workspace = try Workspace()
        let transcript = "\(Workspace.root)/Tests/Oracle/transcripts/6.12/single.txt"
        let script = """
            sed '100s/ -> .*/ -> -1 EPERM unchanged/' '\(transcript)' > '\(workspace.file("other.txt"))'
            sed '200d' '\(transcript)' > '\(workspace.file("shorter.txt"))'
            for each in other shorter; do
                awk -f '\(Workspace.root)/Scripts/compare-transcripts.awk' \
                    '\(Workspace.root)/docs/deviations.md' '\(transcript)' '\(workspace.path)/'$each.txt | tail -1
            done
            """
        let outcome = try workspace.run(["sh", "-c", script])
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix(" 1 differ") }, "\(outcome.text)")
    }
}
