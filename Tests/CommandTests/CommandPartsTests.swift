import LinuxSystem
import Logging
import PixelFormats
import Testing

@testable import vb2

struct CommandPartsTests {
    @Test func serverDirectory() {
        func path(_ variables: [String: String], existing: [String] = []) -> String {
            ServerDirectory.standard(
                environment: { variables[$0] }, user: 1000, exists: { existing.contains($0) })
        }
        #expect(path(["VB2_DIRECTORY": "/a", "XDG_RUNTIME_DIR": "/b"]) == "/a")
        #expect(path(["VB2_DIRECTORY": "", "XDG_RUNTIME_DIR": "/b"]) == "/b/vb2")
        #expect(path([:], existing: ["/run/user/1000"]) == "/run/user/1000/vb2")
        #expect(path([:]) == "/tmp/vb2-1000")
    }

    @Test func pathsAreMadeAbsolute() throws {
        #expect(ServerDirectory.absolute("/a/b") == "/a/b")
        let current = try Files.target(ofLink: "/proc/self/cwd")
        #expect(ServerDirectory.absolute("a") == "\(current)/a")
    }

    @Test func nodesOfADirectory() throws {
        let path = try Files.makeTemporaryDirectory(prefix: "vb2-nodes-")
        defer { try? Files.remove(path) }
        let names = ["video10.vb2", "video2.vb2", "videox.vb2", "video3", "other"]
        for name in names { try Files.write([], to: "\(path)/\(name)") }
        defer { for name in names { try? Files.remove("\(path)/\(name)") } }
        #expect(try ServerDirectory.nodes(in: path) == [2, 10])
        #expect(try ServerDirectory.nodes(in: "/nonexistent") == [])
    }

    /// A folder for others is open to them whatever the umask, and all folders above it have to be.
    /// Without `checkWays` in ServerDirectory.swift, and without the mode that is set there, this fails.
    @Test func directoriesForOthers() throws {
        let path = try Files.makeTemporaryDirectory(prefix: "vb2-others-", in: "/tmp")
        defer { try? Files.removeTree(path) }
        #expect(throws: CommandFailure.self) { try ServerDirectory.prepare("\(path)/a", isShared: true) }
        try Files.setMode(path, 0o711)
        try ServerDirectory.prepare("\(path)/b", isShared: true)
        #expect(try Files.status("\(path)/b").permissions == 0o755)
        try ServerDirectory.prepare("\(path)/c")
        #expect(try Files.status("\(path)/c").permissions == 0o700)
        #expect(throws: CommandFailure.self) { try ServerDirectory.prepare("\(path)/c", isShared: true) }
        try Files.setMode("\(path)/c", 0o710)
        try ServerDirectory.prepare("\(path)/c", isShared: true)
    }

    @Test func directoryOfOthersIsRefused() throws {
        let path = try Files.makeTemporaryDirectory(prefix: "vb2-directory-")
        defer { try? Files.remove(path) }
        try ServerDirectory.prepare(path)
        #expect(throws: CommandFailure.self) { try ServerDirectory.prepare("/tmp") }
        #expect(throws: CommandFailure.self) { try ServerDirectory.prepare("/dev/null") }
        #expect(throws: CommandFailure.self) { try ServerDirectory.prepare("/nonexistent/vb2") }
    }

    @Test func libraryIsLookedForBesideAndInLib() {
        #expect(
            ShimLibrary.candidates(executable: "/opt/vb2/bin/vb2") == [
                "/opt/vb2/bin/libVideoShim.so", "/opt/vb2/bin/libvb2.so", "/opt/vb2/lib/libVideoShim.so",
                "/opt/vb2/lib/libvb2.so",
            ])
        #expect(ShimLibrary.candidates(executable: "/vb2").contains("/lib/libvb2.so"))
    }

    @Test func preloadKeepsWhatIsThere() {
        #expect(ShimLibrary.preload("/l/libvb2.so", before: nil) == "/l/libvb2.so")
        #expect(ShimLibrary.preload("/l/libvb2.so", before: "") == "/l/libvb2.so")
        #expect(ShimLibrary.preload("/l/libvb2.so", before: "/a.so /b.so") == "/l/libvb2.so:/a.so:/b.so")
        #expect(ShimLibrary.preload("/l/libvb2.so", before: "/l/libvb2.so:/a.so") == "/l/libvb2.so:/a.so")
    }

    @Test func environmentOfAProgram() {
        let all = ProgramRun.environment(
            library: "/l.so", directory: "/d", from: ["A=b=c", "LD_PRELOAD=/x.so", "VB2_DIRECTORY=/old", "odd"])
        #expect(all == ["A": "b=c", "LD_PRELOAD": "/l.so:/x.so", "VB2_DIRECTORY": "/d"])
    }

    @Test func shellQuoting() {
        #expect(ServeCommand.quoted("/run/user/0/vb2") == "/run/user/0/vb2")
        #expect(ServeCommand.quoted("/a b") == "'/a b'")
        #expect(ServeCommand.quoted("it's") == "'it'\\''s'")
        #expect(ServeCommand.quoted("") == "''")
    }

    @Test func logLines() {
        let line = LineLogHandler.line(level: .info, message: "stream\nended", metadata: ["b": "2", "a": "1"])
        #expect(line == "info: stream ended a=1 b=2")
    }

    @Test func failuresAreOneLine() {
        #expect(CommandFailure.input("a\nb\r\nc").line == "a b c")
    }

    @Test func progress() {
        #expect(ProgressBar.line(0, of: 10, "").hasPrefix("[" + String(repeating: ".", count: 40) + "] 0/10"))
        #expect(ProgressBar.line(5, of: 10, "").hasPrefix("[" + String(repeating: "#", count: 20) + "."))
        #expect(ProgressBar.line(11, of: 10, "").hasPrefix("[" + String(repeating: "#", count: 40) + "]"))
        #expect(ProgressBar.line(1, of: 0, "").contains("1/0"))
    }

    @Test func summary() {
        var summary = CaptureSummary()
        #expect(summary.description == "0 frames, 0 lost")
        summary.add(MonotonicTime(nanoseconds: 0), lost: 0)
        #expect(summary.description == "1 frame, 0 lost")
        summary.add(MonotonicTime(nanoseconds: 100_000_000), lost: 1)
        #expect(summary.description == "2 frames, 1 lost, 20.0 frames/s")
        summary.add(MonotonicTime(nanoseconds: 200_000_000), lost: 1, isDamaged: true)
        #expect(summary.description == "2 frames, 1 lost, 1 damaged, 15.0 frames/s")
    }

    @Test func targetsByName() throws {
        #expect(try CaptureTarget("a.PNG", isDirectory: false) == .png("a.PNG"))
        #expect(try CaptureTarget("a.jpeg", isDirectory: false) == .jpeg("a.jpeg"))
        #expect(try CaptureTarget("a.y4m", isDirectory: false) == .y4m("a.y4m"))
        #expect(try CaptureTarget("a/", isDirectory: false) == .directory("a/"))
        #expect(try CaptureTarget("a.png", isDirectory: true) == .directory("a.png"))
        #expect(throws: CommandFailure.self) { try CaptureTarget("a.mp4", isDirectory: false) }
    }

    @Test func frameRates() {
        #expect(ListCommand.framesPerSecond(Rational(1, 30)) == "30")
        #expect(ListCommand.framesPerSecond(Rational(1001, 30000)) == "29.97")
    }
}
