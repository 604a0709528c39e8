import LinuxSystem
import ProgramSupport

/// What a frame costs in the server, but for its picture.
enum ServerRows {
    static func run(_ add: (Row) -> Void) throws {
        guard InstructionCount.isAvailable else {
            return print("no valgrind with its headers here; the server's instructions are left out")
        }
        let programs = try Programs()
        let batches = try programs.compile("batches")
        let server = try frameServer(programs.workspace)
        let (few, many) = (5, 25)
        let difference =
            try count(programs, server, batches, many) - count(programs, server, batches, few)
        guard let limit = try Thresholds("server").entries.first?.limit else {
            throw BenchmarkFailure(description: "Thresholds/server.txt is empty")
        }
        add(
            Row(
                name: "the server's part of a frame", unit: .count("instructions"),
                value: difference / Double((many - few) * 32), reference: limit, referenceName: "threshold",
                target: .atMost(1)))
    }

    /// The server beside this program, without what valgrind 3.19 can't read of a Swift program: its DWARF 5.
    private static func frameServer(_ workspace: Workspace) throws -> String {
        let built = try Files.target(ofLink: "/proc/self/exe").split(separator: "/").dropLast().joined(separator: "/")
        let path = workspace.file("FrameServer")
        let outcome = try workspace.run(["strip", "-g", "-o", path, "/\(built)/FrameServer"])
        guard outcome.status == 0 else { throw BenchmarkFailure(description: outcome.text) }
        return path
    }

    /// All that the server executes for a program of so many batches, from its start to its end.
    private static func count(
        _ programs: Programs, _ server: String, _ batches: String, _ number: Int
    ) throws -> Double {
        let workspace = programs.workspace
        let sockets = workspace.file("frames-\(number)")
        try Files.makeDirectory(sockets, mode: 0o700)
        var running = try RunningProgram(
            workspace, "frames",
            InstructionCount.command(output: workspace.file("callgrind.\(number)"), collectsAtStart: true)
                + [server, sockets], seconds: 100)
        while !Files.exists("\(sockets)/video0.vb2") { try Processes.pause(milliseconds: 20) }
        let pid = try TestServer.child(of: running.pid)
        _ = try programs.figures(
            [batches, "--batches=\(number)", "--server=\(pid)"],
            variables: ["LD_PRELOAD": workspace.file("libVideoShim.so"), "VB2_DIRECTORY": sockets])
        try running.send(SignalNumber.terminate)
        _ = try running.outcome()
        guard let total = InstructionCount.total(workspace.text("callgrind.\(number)")) else {
            throw BenchmarkFailure(description: "callgrind counted nothing of the server")
        }
        return Double(total)
    }
}
