/// How one device of a server is, for whoever watches it. Counts are since the server's start.
///
/// As a line of text it begins with a word, which lines of buffers don't; then fields as theirs, `name=value` between
/// tabs, in any order, so that either side may know more than the other.
package struct DeviceStatus: Sendable, Hashable {
    /// N of /dev/videoN.
    package var node = 0
    package var driver = ""
    package var card = ""
    package var bus = ""
    /// V4L2_CAP_*, of the node.
    package var capabilities: UInt32 = 0
    package var isOutput = false
    /// For people: the pixel format's four characters and the size.
    package var format = ""
    package var isStreaming = false
    /// Whose buffers the queue has; 0 if nobody's, or if the process can't be seen from the server.
    package var ownerPID: Int32 = 0
    /// nil if the buffers are nobody's.
    package var ownerUID: UInt32?
    /// Open files.
    package var handles = 0
    /// Frames that the device completed.
    package var frames = 0
    /// Frames that were due while no buffer was queued.
    package var starved = 0
    /// Frames that were left out because the server came too late for them.
    package var late = 0
    package var buffers = 0
    /// Of those buffers' memory, the program's own included.
    package var bytes = 0

    package init() {}

    package var line: String {
        var fields = [
            "node=\(node)", "driver=\(Self.clean(driver))", "card=\(Self.clean(card))", "bus=\(Self.clean(bus))",
            "capabilities=\(capabilities)", "output=\(isOutput ? 1 : 0)", "format=\(Self.clean(format))",
            "streaming=\(isStreaming ? 1 : 0)", "handles=\(handles)", "frames=\(frames)", "starved=\(starved)",
            "late=\(late)", "buffers=\(buffers)", "bytes=\(bytes)",
        ]
        if let ownerUID { fields += ["pid=\(ownerPID)", "uid=\(ownerUID)"] }
        return ([Self.word] + fields).joined(separator: "\t")
    }

    /// - Returns: nil for a line of something else, or without a node.
    package init?(line: some StringProtocol) {
        let fields = line.split(separator: "\t")
        guard let first = fields.first, String(first) == Self.word else { return nil }
        var hasNode = false
        for field in fields.dropFirst() {
            guard let equals = field.firstIndex(of: "=") else { continue }
            let value = String(field[field.index(after: equals)...])
            switch field[..<equals] {
            case "node":
                guard let number = Int(value) else { return nil }
                node = number
                hasNode = true
            case "driver": driver = value
            case "card": card = value
            case "bus": bus = value
            case "capabilities": capabilities = UInt32(value) ?? 0
            case "output": isOutput = value == "1"
            case "format": format = value
            case "streaming": isStreaming = value == "1"
            case "pid": ownerPID = Int32(value) ?? 0
            case "uid": ownerUID = UInt32(value)
            case "handles": handles = Int(value) ?? 0
            case "frames": frames = Int(value) ?? 0
            case "starved": starved = Int(value) ?? 0
            case "late": late = Int(value) ?? 0
            case "buffers": buffers = Int(value) ?? 0
            case "bytes": bytes = Int(value) ?? 0
            default: break
            }
        }
        if !hasNode { return nil }
    }

    private static let word = "device"

    /// A name can't end its field or its line.
    private static func clean(_ text: String) -> String {
        String(text.map { $0 == "\t" || $0.isNewline ? " " : $0 })
    }
}
