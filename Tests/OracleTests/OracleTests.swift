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

    private static var isIntel: Bool {
        #if arch(x86_64)
            true
        #else
            false
        #endif
    }

    /// Our side of the kernel's dma-bufs, in a kernel that has heaps for them: see Tests/KernelBufferProbe. The kernel
    /// is fetched once and kept in the clone, not in the workspace.
    @Test(.enabled(if: isIntel, "Debian's kernel is fetched for x86-64"))
    func dmaBufsOfAKernelThatHasHeaps() throws {
        let workspace = try Workspace()
        let outcome = try workspace.run(["\(Workspace.root)/Scripts/kernel-oracle", "heaps"], seconds: 1200)
        #expect(outcome.status == 0, "\(outcome.text)")
        print(outcome.output.split(separator: "\n").filter { !$0.hasPrefix("ok ") }.joined(separator: "\n"))
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
