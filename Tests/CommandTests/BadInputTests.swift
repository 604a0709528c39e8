import LinuxSystem
import ProgramSupport
import Testing

/// The built command with wrong input: one line that names the fault and the mend, and nothing left.
@Suite(.serialized)
struct BadInputTests {
    /// Runs the command, and expects a status and one line on standard error with a text in it.
    private func expect(
        _ status: Int32, _ text: String, _ arguments: [String], in workspace: Workspace, input: String? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try workspace.vb2(arguments, input: input, seconds: 20)
        #expect(outcome.status == status, "\(outcome.text)", sourceLocation: location)
        #expect(outcome.errorLines.count == 1, "\(outcome.text)", sourceLocation: location)
        #expect(outcome.error.hasPrefix("vb2: "), "\(outcome.text)", sourceLocation: location)
        #expect(outcome.error.contains(text), "\(outcome.text)", sourceLocation: location)
        #expect(outcome.output.isEmpty, "\(outcome.text)", sourceLocation: location)
        #expect(try workspace.leftovers().isEmpty, sourceLocation: location)
    }

    @Test func wrongUse() throws {
        let workspace = try Workspace()
        try expect(64, "write 'pattern'", ["run", "--camera", "bogus", "--", "true"], in: workspace)
        try expect(64, "48x32", ["run", "--camera", "pattern,size=1x1", "--", "true"], in: workspace)
        try expect(64, "vb2 run -- PROGRAM", ["run"], in: workspace)
        try expect(64, "--help", ["run", "--no-such-option", "--", "true"], in: workspace)
        try expect(64, "--help", ["no-such-command"], in: workspace)
        try expect(64, "0 to 255", ["run", "--node", "256", "--", "true"], in: workspace)
        try expect(64, "write 'pattern'", ["serve", "--camera", "bogus"], in: workspace)
        try expect(64, "FILE.png", ["capture", "-o", "frames.mp4"], in: workspace)
        try expect(64, "1 or more", ["capture", "-o", "a.png", "--count", "0"], in: workspace)
        try expect(64, "both", ["inspect", "a.raw", "--format", "YUYV"], in: workspace)
    }

    @Test func missingInput() throws {
        let workspace = try Workspace()
        let missing = workspace.file("missing.y4m")
        try expect(66, "missing.y4m", ["run", "--camera", "file:\(missing)", "--", "true"], in: workspace)
        try expect(66, "directory", ["run", "--camera", "file:\(workspace.path)", "--", "true"], in: workspace)
        try expect(66, "missing.y4m", ["inspect", missing], in: workspace)
        try expect(66, "isn't found", ["doctor", "no-such-program-anywhere"], in: workspace)
        try expect(66, "there is no device", ["capture", "-o", "a.png", "-d", "/dev/video199"], in: workspace)
        try expect(
            69, "vb2 serve", ["list", "--directory", workspace.file("nowhere")], in: workspace)
    }

    @Test(arguments: [
        "", "YUV4MPEG2\n", "YUV4MPEG2 W64\n", "YUV4MPEG2 W0 H0 F30:1\n", "YUV4MPEG2 W99999999 H2 F30:1\nFRAME\n",
        "YUV4MPEG2 W64 H48 F30:1 C444p16\nFRAME\n",
    ])
    func brokenY4M(_ content: String) throws {
        let workspace = try Workspace()
        let path = workspace.file("broken.y4m")
        try Files.write(Array(content.utf8), to: path)
        try expect(66, "broken.y4m", ["run", "--camera", "file:\(path)", "--", "true"], in: workspace)
        try expect(66, "standard input", ["run", "--camera", "-", "--", "true"], in: workspace, input: path)
    }

    @Test func brokenVideo() throws {
        let workspace = try Workspace()
        let path = workspace.file("broken.mp4")
        try Files.write(Array("this is no video at all".utf8), to: path)
        try expect(66, "broken.mp4", ["run", "--camera", "file:\(path)", "--", "true"], in: workspace)
    }

    @Test func programThatCannotRun() throws {
        let workspace = try Workspace()
        try expect(127, "isn't found", ["run", "--", "no-such-program-anywhere"], in: workspace)
        try expect(127, "isn't found", ["run", "--", workspace.file("missing")], in: workspace)
        let path = workspace.file("data")
        try Files.write(Array("no program".utf8), to: path)
        try expect(126, "can't execute", ["run", "--", path], in: workspace)
        try expect(126, "can't execute", ["run", "--", workspace.path], in: workspace)
    }
}
