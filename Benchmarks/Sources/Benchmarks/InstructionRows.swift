import ProgramSupport

/// What the two calls of a frame cost in instructions.
enum InstructionRows {
    static func run(_ add: (Row) -> Void) throws {
        guard InstructionCount.isAvailable else {
            return print("no valgrind with its headers here; instructions are left out")
        }
        let workspace = try Workspace()
        let program = try workspace.compileInstructionCounter()
        var server = try TestServer(workspace, devices: ["--camera", InstructionCount.camera])
        for (name, limit) in try Thresholds("instructions").entries {
            let parts = name.split(separator: ".").map(String.init)
            guard parts.count == 3 else { throw BenchmarkFailure(description: "no such threshold: \(name)") }
            let count = try InstructionCount.perCall(
                workspace, server, program: program, memory: parts[0], call: parts[1], place: parts[2])
            add(
                Row(
                    name: "\(parts[1].uppercased()), \(parts[0].uppercased()), struct on the \(parts[2])",
                    unit: .count("instructions"), value: count, reference: limit, referenceName: "threshold",
                    target: .atMost(1)))
        }
        _ = try server.stop()
        // It boots a kernel in an emulated machine, and that takes a minute or two.
        print("not measured here: the kernel's own QBUF and DQBUF; 'Scripts/kernel-oracle cost' counts those")
    }
}
