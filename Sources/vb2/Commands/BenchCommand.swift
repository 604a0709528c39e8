import ArgumentParser

/// `vb2 bench`: measurements that anybody can repeat.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure what sharing buffers costs on this machine.",
        subcommands: [BenchPoliciesCommand.self])
}
