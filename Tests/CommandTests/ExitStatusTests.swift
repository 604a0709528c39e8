import LinuxSystem
import ProgramSupport
import Testing

/// `vb2 run` ends as its program does.
@Suite(.serialized)
struct ExitStatusTests {
    @Test(arguments: [
        ("exit 0", Int32(0)), ("exit 7", 7), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -KILL $$", 137),
        ("v4l2-ctl -d /dev/video42 --all >/dev/null 2>&1 || exit 5", 5),
    ])
    func programsOwnStatus(_ script: String, _ status: Int32) throws {
        let workspace = try Workspace()
        let outcome = try workspace.vb2(["run", "--", "sh", "-c", script])
        #expect(outcome.status == status, "\(outcome.text)")
        #expect(outcome.error.isEmpty, "\(outcome.text)")
        #expect(try workspace.leftovers().isEmpty)
    }

    @Test func argumentsAndEnvironmentReachTheProgram() throws {
        let workspace = try Workspace()
        let outcome = try workspace.vb2(
            ["run", "--", "sh", "-c", "printf '%s|' \"$@\"; echo $A", "sh", "a b", "--camera", ""],
            variables: ["A": "x y"])
        #expect(outcome.output == "a b|--camera||x y\n", "\(outcome.text)")
    }

    @Test(arguments: [SignalNumber.interrupt, SignalNumber.terminate, SignalNumber.hangUp])
    func signalsArePassedOn(_ signal: Int32) throws {
        let workspace = try Workspace()
        let script = "trap 'exit 9' INT TERM HUP; echo ready; while :; do sleep 0.05; done"
        var program = try RunningProgram(workspace, "program", [workspace.vb2, "run", "--", "sh", "-c", script])
        try program.wait(for: "ready", in: "program.out")
        try program.sendToProgram(signal)
        let outcome = try program.outcome()
        #expect(outcome.status == 9, "\(outcome.text)")
        #expect(try workspace.leftovers().isEmpty)
    }

    /// The program ends, but its child still streams: the camera is there until that has ended too.
    @Test func staysForTheLastDescendant() throws {
        let workspace = try Workspace()
        let raw = workspace.file("a.raw")
        let outcome = try workspace.underCamera(
            "pattern,size=64x48,fps=120,format=GREY",
            [
                "sh", "-c",
                "v4l2-ctl --stream-mmap --stream-count=60 --stream-to=\(raw) >/dev/null 2>&1 & "
                    + "until [ -s \(raw) ]; do sleep 0.01; done; exit 3",
            ])
        #expect(outcome.status == 3, "\(outcome.text)")
        #expect(try Files.status(raw).size == 60 * 64 * 48)
    }
}
