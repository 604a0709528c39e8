/// As one line of text, between a server and whoever looks: fields as `name=value` between tabs, in any order, so that
/// either side may know more than the other.
extension BufferInformation {
    public var line: String {
        let fields: [(String, String)] = [
            ("name", Self.clean(name)), ("inode", "\(inode)"), ("size", "\(size)"), ("resident", "\(residentBytes)"),
            ("exporter", Self.clean(exporter)), ("place", "\(place)"), ("uses", "\(uses)"), ("pins", "\(pins)"),
            ("moves", "\(moves)"), ("fences", "\(fences)"), ("owed", isContentOwed ? "1" : "0"),
            ("out", isHandedOut ? "1" : "0"),
            ("attachments", attachments.map(Self.clean).joined(separator: ",")), ("maps", "\(maps)"),
            ("kept", "\(keptMaps)"), ("real", "\(realMaps)"), ("guards", "\(guards)"),
            ("guarded", isGuarded ? "1" : "0"),
        ]
        return fields.map { "\($0)=\($1)" }.joined(separator: "\t")
    }

    /// - Returns: nil for a line that has no size; what else is missing is empty.
    public init?(line: some StringProtocol) {
        self.init()
        var hasSize = false
        for field in line.split(separator: "\t") {
            guard let equals = field.firstIndex(of: "=") else { continue }
            let value = String(field[field.index(after: equals)...])
            switch field[..<equals] {
            case "name": name = value
            case "inode": inode = UInt64(value) ?? 0
            case "size":
                size = Int(value) ?? 0
                hasSize = size > 0
            case "resident": residentBytes = Int(value) ?? 0
            case "exporter": exporter = value
            case "place": place = BufferPlace.allCases.first { "\($0)" == value } ?? .resident
            case "uses": uses = Int(value) ?? 0
            case "pins": pins = Int(value) ?? 0
            case "moves": moves = UInt64(value) ?? 0
            case "fences": fences = Int(value) ?? 0
            case "owed": isContentOwed = value == "1"
            case "out": isHandedOut = value == "1"
            case "attachments": attachments = value.split(separator: ",").map(String.init)
            case "maps": maps = UInt64(value) ?? 0
            case "kept": keptMaps = UInt64(value) ?? 0
            case "real": realMaps = UInt64(value) ?? 0
            case "guards": guards = Int(value) ?? 0
            case "guarded": isGuarded = value == "1"
            default: break
            }
        }
        if !hasSize { return nil }
    }

    /// A name can't end its field or its line.
    private static func clean(_ text: String) -> String {
        String(text.map { $0 == "\t" || $0.isNewline || $0 == "," ? " " : $0 })
    }
}
