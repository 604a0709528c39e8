import LinuxSystem

/// A line that shows how far something is; only on a terminal, and at most ten times a second.
struct ProgressBar {
    private let total: Int
    private let isShown: Bool
    private var next = MonotonicTime(nanoseconds: 0)

    init(total: Int, isShown: Bool = StandardError.isTerminal) {
        self.total = total
        self.isShown = isShown
    }

    mutating func show(_ count: Int, _ text: String) {
        let now = MonotonicTime.now()
        guard isShown, now >= next || count == total else { return }
        next = now + MonotonicDuration.milliseconds(100)
        StandardError.write("\r\u{1b}[K" + Self.line(count, of: total, text))
    }

    /// Takes the line away.
    func clear() {
        if isShown { StandardError.write("\r\u{1b}[K") }
    }

    /// The line's text: a bar of forty places, the count, and what else there is to say.
    static func line(_ count: Int, of total: Int, _ text: String) -> String {
        let filled = total > 0 ? min(max(count, 0), total) * 40 / total : 0
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 40 - filled)
        return "[\(bar)] \(count)/\(total)  \(text)"
    }
}
