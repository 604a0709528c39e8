import LinuxSystem

/// Where a program runs.
public enum Place: String, Sendable, CaseIterable, CustomStringConvertible {
    /// As this process.
    case here
    /// As an unprivileged user, with a /dev that has no video device.
    case container

    public var description: String { rawValue }
}

extension Workspace {
    /// Runs a program to its end.
    public func run(
        _ words: [String], variables: [String: String] = [:], input: String? = nil, seconds: Int = 60
    ) throws -> Outcome {
        var program = try RunningProgram(
            self, "program", words, variables: variables, input: input, seconds: seconds)
        return try program.outcome()
    }

    /// Runs the command to its end.
    public func vb2(
        _ arguments: [String], variables: [String: String] = [:], input: String? = nil, seconds: Int = 60
    ) throws -> Outcome {
        try run([vb2] + arguments, variables: variables, input: input, seconds: seconds)
    }

    /// Runs a program under `vb2 run`, with a log of the server's in the file "server.log".
    public func underCamera(
        _ spec: String, in place: Place = .here, variables: [String: String] = [:], seconds: Int = 60,
        _ words: [String]
    ) throws -> Outcome {
        try underDevices(["--camera", spec], in: place, variables: variables, seconds: seconds, words)
    }

    /// The same, with any devices.
    /// - Parameter options: as the command has them: `--camera`, `--display`.
    public func underDevices(
        _ options: [String], in place: Place = .here, variables: [String: String] = [:], seconds: Int = 60,
        _ words: [String]
    ) throws -> Outcome {
        try? Files.remove(file("server.log"))
        let prefix = place == .container ? ["\(Self.root)/Scripts/as-container.sh"] : []
        return try run(
            prefix + [vb2, "run", "--log", file("server.log")] + options + ["--"] + words,
            variables: variables, seconds: seconds)
    }

    /// The sum of a counter over all lines of the server's log that have it; nil if none has.
    public func counter(_ key: String) -> Int? {
        let values = text("server.log").split(whereSeparator: { $0 == "\n" || $0 == " " })
            .filter { $0.hasPrefix("\(key)=") }.compactMap { Int($0.dropFirst(key.count + 1)) }
        return values.isEmpty ? nil : values.reduce(0, +)
    }
}
