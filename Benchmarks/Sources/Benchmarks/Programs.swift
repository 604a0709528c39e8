import LinuxSystem
import ProgramSupport

/// The C programs: compiled by the runner, run as anybody's program is, with the library preloaded.
struct Programs {
    let workspace: Workspace

    init() throws {
        workspace = try Workspace()
    }

    func compile(_ name: String) throws -> String {
        try workspace.compile(
            "Benchmarks/Programs/\(name).c", to: name,
            flags: ["-O2", "-I", "\(Workspace.root)/Tests/ShimPrograms", "-pthread"])
    }

    /// A server with cameras.
    func server(_ cameras: [String], under prefix: [String] = []) throws -> TestServer {
        try TestServer(workspace, devices: cameras.flatMap { ["--camera", $0] }, under: prefix)
    }

    /// Runs a program to its end.
    /// - Returns: the figures of its last line, `key=value ...`.
    func figures(_ words: [String], variables: [String: String] = [:]) throws -> [Substring: Double] {
        let outcome = try workspace.run(words, variables: variables)
        guard outcome.status == 0, let line = outcome.output.split(separator: "\n").last else {
            throw BenchmarkFailure(description: "\(words.joined(separator: " ")): \(outcome.text)")
        }
        let pairs = line.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(pairs.compactMap { $0.count == 2 ? ($0[0], Double($0[1]) ?? .nan) : nil }) { _, last in last }
    }
}

/// Why something could not be measured.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
}
