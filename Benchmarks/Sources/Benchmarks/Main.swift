import LinuxSystem

/// Runs the benchmarks, and prints their table. Times never fail anything: the exit status is 0 if all were measured.
@main
enum Main {
    private static let groups: [(name: String, run: @Sendable ((Row) -> Void) throws -> Void)] = [
        ("maps", { try MapRows.run($0) }), ("pair", { try PairRows.run($0) }),
    ]

    static func main() throws {
        let wanted = CommandLine.arguments.dropFirst()
        let settings = try SystemSettings()
        defer { settings.putBack() }
        var table = Table()
        for group in groups where wanted.isEmpty || wanted.contains(group.name) {
            print("measuring: \(group.name)")
            try group.run { table.add($0) }
        }
        print(table.text)
    }
}
