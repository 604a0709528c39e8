import LinuxSystem

/// What a capture got: frames, lost and damaged frames, and the rate at which the device took them.
struct CaptureSummary: Hashable, CustomStringConvertible {
    private(set) var frames = 0
    private(set) var lost = 0
    private(set) var damaged = 0
    private var first: MonotonicTime?
    private var last: MonotonicTime?

    mutating func add(_ time: MonotonicTime, lost: Int, isDamaged: Bool = false) {
        if isDamaged { damaged += 1 } else { frames += 1 }
        self.lost = lost
        if first == nil { first = time }
        last = time
    }

    /// Frames per second by the device's clock, of all that it took; nil until there are two.
    var rate: Double? {
        guard let first, let last, frames + damaged > 1 else { return nil }
        let span = last.elapsed(since: first).nanoseconds
        return span > 0 ? Double(frames + damaged + lost - 1) * 1e9 / Double(span) : nil
    }

    /// The rate with one decimal.
    var rateText: String {
        guard let rate else { return "" }
        let tenths = Int((rate * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) frames/s"
    }

    var description: String {
        let parts = [
            "\(frames) \(frames == 1 ? "frame" : "frames")", "\(lost) lost", damaged > 0 ? "\(damaged) damaged" : "",
            rateText,
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
