import LinuxSystem
import ProgramSupport

extension Workspace {
    /// The cameras of these tests: a frame for each queued buffer, so that none can be lost to time.
    static let camera = "pattern,size=64x48,format=GREY,pace=ondemand"

    /// Two of them, as options of the command.
    static let twoCameras = ["--camera", camera, "--camera", camera]

    /// Compiles one of the C programs into the workspace.
    /// - Returns: its path.
    func compile(_ name: String) throws -> String {
        try compile(name, to: name, ["-pthread"])
    }

    /// Compiles the library that counts allocations.
    func compileAllocationCounter() throws -> String {
        try compile("malloccount", to: "malloccount.so", ["-shared", "-fPIC"])
    }

    private func compile(_ name: String, to output: String, _ flags: [String]) throws -> String {
        try compile("Tests/ShimPrograms/\(name).c", to: output, flags: ["-O1"] + flags)
    }

    /// Runs one of the C programs under two cameras.
    func runProgram(_ name: String, _ options: [String] = [], in place: Place = .here) throws -> Summary {
        let program = try compile(name)
        try? Files.remove(file("server.log"))
        let prefix = place == .container ? ["\(Self.root)/Scripts/as-container.sh"] : []
        let outcome = try run(
            prefix + [vb2, "run", "--log", file("server.log")] + Self.twoCameras + ["--", program] + options,
            seconds: 90)
        return try Summary(name, outcome)
    }
}

/// The line `name: key=value ...` with which a program ends that found nothing wrong.
struct Summary {
    let values: [Substring: Substring]
    let outcome: Outcome

    init(_ name: String, _ outcome: Outcome) throws {
        guard outcome.status == 0, let line = outcome.output.split(separator: "\n").last,
            line.hasPrefix("\(name): "), !outcome.output.contains("FAIL")
        else { throw ProgramFailure(text: outcome.text) }
        var values: [Substring: Substring] = [:]
        for word in line.split(separator: " ").dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        self.values = values
        self.outcome = outcome
    }

    /// A number of the line; -1 if it isn't there.
    subscript(key: Substring) -> Int { values[key].flatMap { Int($0) } ?? -1 }
}

/// A program that failed, with all that it said.
struct ProgramFailure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
