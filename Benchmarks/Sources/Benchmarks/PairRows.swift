import ProgramSupport

/// QBUF and DQBUF of an unmodified program in C, on a camera that doesn't paint.
enum PairRows {
    static func run(_ add: (Row) -> Void) throws {
        let programs = try Programs()
        let pair = try programs.compile("pair")
        var server = try programs.server([InstructionCount.camera])
        for (memory, target) in [("mmap", 0.25), ("dmabuf", 0.75)] {
            let figures = try programs.figures(
                [pair, "--memory=\(memory)", "--server=\(server.pid)"], variables: server.variables)
            let reference = figures["null"] ?? .nan
            add(
                Row(
                    name: "QBUF + DQBUF, \(memory.uppercased())", unit: .nanoseconds, value: figures["alone"] ?? .nan,
                    reference: reference, referenceName: "two null ioctls", target: .atMost(target)))
            add(
                Row(
                    name: "a frame of 32 with wake and doorbell, \(memory.uppercased())", unit: .nanoseconds,
                    value: figures["all"] ?? .nan, reference: reference, referenceName: "two null ioctls", target: nil))
        }
        _ = try server.stop()
    }
}
