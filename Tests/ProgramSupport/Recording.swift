import LinuxSystem

/// What `vb2 inspect` counts in a recording.
public struct Recording: Sendable, CustomStringConvertible {
    public let frames: Int
    /// Numbers that are left out between the first and the last.
    public let missing: Int
    public let torn: Int
    public let unreadable: Int
    public let repeated: Int
    public let reordered: Int
    public let description: String

    /// Whether every frame is whole, and has the number after that of the one before.
    public var isConsecutive: Bool { missing == 0 && isWhole }

    /// Whether every frame is whole, and none comes twice or too late.
    public var isWhole: Bool { torn == 0 && unreadable == 0 && repeated == 0 && reordered == 0 }

    init(_ line: String) throws {
        var values: [Substring: Int] = [:]
        for pair in line.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            let parts = pair.split(separator: "=")
            if parts.count == 2 { values[parts[0]] = Int(parts[1]) }
        }
        func value(_ key: Substring) throws -> Int {
            guard let value = values[key] else { throw WorkspaceError(text: "no \(key) in '\(line)'") }
            return value
        }
        frames = try value("frames")
        missing = try value("lost")
        torn = try value("torn")
        unreadable = try value("unreadable")
        repeated = try value("repeated")
        reordered = try value("reordered")
        description = line
    }
}

extension Workspace {
    /// Counts the frames of a file of raw frames.
    public func inspect(_ name: String, format: String, size: String) throws -> Recording {
        try inspect([file(name), "--format", format, "--size", size])
    }

    /// Counts the frames of a video file.
    public func inspect(_ name: String) throws -> Recording {
        try inspect([file(name)])
    }

    private func inspect(_ arguments: [String]) throws -> Recording {
        var program = try RunningProgram(self, "inspect", [vb2, "inspect"] + arguments)
        let outcome = try program.outcome()
        guard outcome.status == 0 else { throw WorkspaceError(text: "inspect: \(outcome.text)") }
        return try Recording(outcome.output)
    }
}
