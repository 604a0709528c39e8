extension Workspace {
    /// Compiles a C program of the clone into the workspace.
    /// - Parameter source: its path from the clone's root.
    /// - Returns: the program's path.
    public func compile(_ source: String, to output: String, flags: [String]) throws -> String {
        let outcome = try run(
            ["cc", "-std=gnu11", "-Wall", "-Wextra"] + flags + ["-o", file(output), "\(Self.root)/\(source)"])
        guard outcome.status == 0 else { throw WorkspaceError(text: outcome.text) }
        return file(output)
    }
}
