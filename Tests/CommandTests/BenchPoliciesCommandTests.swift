import ArgumentParser
import BufferSharing
import LinuxSystem
import PixelFormats
import ProgramSupport
import Testing

@testable import vb2

/// The command line of `vb2 bench policies`.
@Suite struct BenchPoliciesCommandTests {
    private func parse(_ arguments: String...) throws -> BenchPoliciesCommand {
        try BenchPoliciesCommand.parse(arguments)
    }

    @Test func defaults() throws {
        let command = try parse()
        #expect(try command.makeWorkload() == PolicyWorkload())
        #expect(try command.chosenPolicies() == MappingPolicy.allCases)
    }

    @Test func options() throws {
        let command = try parse(
            "--frames", "30", "--size", "640x480", "--fps", "25", "--budget", "8M", "--policy", "forever", "--policy",
            "askAtMap", "--policy", "forever", "--evict-to", "/tmp", "--swap")
        var expected = PolicyWorkload()
        expected.frames = 30
        expected.frameSize = FrameSize(width: 640, height: 480)
        expected.interval = Rational(1, 25)
        expected.budget = 8 << 20
        expected.evictsTo = "/tmp"
        expected.usesSwap = true
        #expect(try command.makeWorkload() == expected)
        #expect(try command.chosenPolicies() == [.askAtMap, .forever])
    }

    @Test func theLeastBudgetThatIsNamedIsEnough() throws {
        let failure = #expect(throws: CommandFailure.self) { try parse("--budget", "1M").makeWorkload() }
        let words = failure?.line.split(separator: " ") ?? []
        let least = try #require(words.first { $0.hasSuffix("K") && $0 != "--budget" })
        #expect(throws: Never.self) { try parse("--budget", String(least)).makeWorkload() }
    }

    @Test(arguments: [
        (["--frames", "0"], Int32(64), "--frames"), (["--size", "big"], 64, "1920x1080"),
        (["--fps", "0"], 64, "--fps"),
        (["--budget", "much"], 64, "--budget=100M"), (["--budget", "1M"], 64, "camera's and one more"),
        (["--size", "4294967295x4294967295"], 71, "smaller --size"),
        (["--size", "1000000x1000000"], 71, "smaller --size"),
        (["--evict-to", "/no/such/folder"], 73, "another --evict-to"),
    ])
    func whatCannotBe(_ arguments: [String], _ status: Int32, _ text: String) throws {
        let command = try BenchPoliciesCommand.parse(arguments)
        let failure = #expect(throws: CommandFailure.self) { try command.makeWorkload() }
        #expect(failure?.status == status)
        #expect(failure?.line.contains(text) == true, "\(failure as Any)")
    }

    @Test func unknownPolicy() throws {
        let failure = #expect(throws: CommandFailure.self) { try parse("--policy", "never").chosenPolicies() }
        #expect(failure?.status == 64)
        #expect(failure?.line.contains("untilCalledBack") == true)
    }

    /// The built command.
    @Test func tableAndPicture() throws {
        let workspace = try Workspace()
        let arguments = ["bench", "policies", "--frames", "20", "--size", "64x64", "--fps", "1000"]
        let picture = workspace.file("a.svg")
        let outcome = try workspace.vb2(arguments + ["--svg", picture], seconds: 60)
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.error.isEmpty, "\(outcome.text)")
        let lines = outcome.output.split(separator: "\n")
        for policy in MappingPolicy.allCases {
            #expect(lines.count { $0.hasPrefix("\(policy) ") && $0.contains("/20 ") } == 2, "\(outcome.text)")
        }
        #expect(lines.last?.hasSuffix("words that were looked at are right.") == true, "\(outcome.text)")
        let svg = workspace.text("a.svg")
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        #expect(svg.contains(">untilCalledBack</text>"))

        let nowhere = try workspace.vb2(arguments + ["--svg", workspace.file("no/a.svg")], seconds: 60)
        #expect(nowhere.status == 73 && nowhere.output.isEmpty, "\(nowhere.text)")
    }
}
