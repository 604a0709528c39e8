import LinuxSystem

/// What callgrind (valgrind) counts of a program: instructions, which are the same on every run of what does the same.
public enum InstructionCount {
    public static let isAvailable =
        Files.isExecutable("/usr/bin/valgrind") && Files.exists("/usr/include/valgrind/callgrind.h")

    /// A camera for it: it doesn't paint.
    public static let camera = "pattern:none,size=640x480,format=YUYV,pace=ondemand"

    /// The words that a program's own go behind. Nothing is counted but between the program's CALLGRIND_TOGGLE_COLLECT.
    public static func command(output: String, collectsAtStart: Bool = false) -> [String] {
        [
            "valgrind", "--tool=callgrind", "--quiet", "--callgrind-out-file=\(output)",
            "--collect-atstart=\(collectsAtStart ? "yes" : "no")",
        ]
    }

    /// The sum of a file of callgrind's; nil if it has none.
    public static func total(_ text: String) -> Int? {
        let sums = text.split(separator: "\n").filter { $0.hasPrefix("totals: ") || $0.hasPrefix("summary: ") }
        return sums.compactMap { line in line.split(separator: " ").dropFirst().first.flatMap { Int($0) } }.max()
    }

    /// Instructions for each QBUF or DQBUF of an unmodified program, from its call to the return, by
    /// `Benchmarks/Programs/instructions.c`.
    /// - Parameters:
    ///   - memory: mmap or dmabuf.
    ///   - call: qbuf or dqbuf.
    ///   - place: where the program's struct is: stack or heap.
    public static func perCall(
        _ workspace: Workspace, _ server: borrowing TestServer, program: String, memory: String, call: String,
        place: String
    ) throws -> Double {
        func count(_ call: String) throws -> Double {
            let name = "callgrind.\(memory).\(call).\(place)"
            let outcome = try workspace.run(
                command(output: workspace.file(name)) + [
                    program, "--memory=\(memory)", "--call=\(call)", "--where=\(place)", "--server=\(server.pid)",
                ], variables: server.variables)
            guard outcome.status == 0, let line = outcome.output.split(separator: "\n").last,
                line.hasPrefix("calls="), let calls = Double(line.dropFirst(6)), let total = total(workspace.text(name))
            else { throw WorkspaceError(text: outcome.text) }
            return Double(total) / calls
        }
        return try count(call) - count("nothing")
    }
}

extension Workspace {
    /// Compiles the program whose calls are counted.
    public func compileInstructionCounter() throws -> String {
        try compile(
            "Benchmarks/Programs/instructions.c", to: "instructions",
            flags: ["-O2", "-I", "\(Self.root)/Tests/ShimPrograms", "-pthread"])
    }
}
