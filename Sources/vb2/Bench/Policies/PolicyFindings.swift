import BufferSharing
import Charts
import LinuxSystem

/// What the figures say, in sentences that are made of them.
struct PolicyFindings {
    /// One policy's figures over all kinds of buffers.
    private struct Total {
        let policy: MappingPolicy
        var times: [MonotonicDuration] = []
        var peakBytes = 0
        var overBudgetUses = 0
        var refusals = 0
        var moves = 0
        var frames = 0
        var lateFrames = 0

        /// Milliseconds that the usual frame took.
        var median: Double { DurationSamples(times).percentile(50).milliseconds }

        mutating func add(_ one: PolicyMeasurement) {
            times += one.mapTimes.all
            peakBytes = max(peakBytes, one.peakBytes)
            overBudgetUses += one.overBudgetUses
            refusals += one.refusals
            moves += one.moves
            frames += one.frames
            lateFrames += one.lateFrames
        }
    }

    private let budget: Int
    private let totals: [Total]
    private let checkedWords: Int
    private let faults: [String]

    init(_ measurements: [PolicyMeasurement], budget: Int) {
        self.budget = budget
        totals = MappingPolicy.allCases.compactMap { policy in
            let own = measurements.filter { $0.policy == policy }
            return own.isEmpty ? nil : own.reduce(into: Total(policy: policy)) { $0.add($1) }
        }
        checkedWords = measurements.reduce(0) { $0 + $1.checkedWords }
        faults = measurements.flatMap { one in one.faults.map { "\(one.policy), \(one.source): \($0)" } }
    }

    /// The first thing that may not be; nil if all is well.
    var fault: String? { faults.first }

    var sentences: [String] {
        [mapTime, lateness, memory, verdict, content].compactMap { $0 }
    }

    private var mapTime: String? {
        guard totals.count > 1 else { return nil }
        let times = totals.sorted { $0.median < $1.median }.map { "\($0.policy) \($0.median.text(decimals: 2)) ms" }
        return "To get at the memory of the usual frame took \(Self.list(times))."
    }

    private var lateness: String {
        let late = totals.filter { $0.lateFrames > 0 }.sorted { $0.lateFrames < $1.lateFrames }
        if late.isEmpty { return "No frame was late." }
        let counts = late.map { "\($0.policy) \($0.lateFrames) of \($0.frames)" }
        return "Frames were late: \(Self.list(counts))\(late.count < totals.count ? ", and none otherwise" : "")."
    }

    private var memory: String {
        let limit = "the budget of \(PolicyTable.mebibytes(budget)) MiB"
        let within = totals.filter(isWithin).map { "\($0.policy)" }
        let first = within.isEmpty ? "None kept within \(limit)" : "Within \(limit): \(Self.list(within))"
        return ([first] + totals.filter { !isWithin($0) }.map(excess)).joined(separator: "; ") + "."
    }

    private func excess(_ total: Total) -> String {
        let over = (Double(total.peakBytes - budget) * 100 / Double(max(budget, 1))).text(decimals: 0)
        let parts = [
            total.peakBytes > budget ? "went \(over) % over it in \(total.overBudgetUses) uses" : "",
            total.refusals > 0 ? "left the neighbour without \(total.refusals) of its buffers" : "",
        ]
        return "\(total.policy) " + parts.filter { !$0.isEmpty }.joined(separator: ", and ")
    }

    /// Who does the exporter no harm, and costs the importer the least.
    private var verdict: String? {
        let within = totals.filter(isWithin)
        guard within.count > 1, let best = within.min(by: { $0.median < $1.median }),
            let worst = within.max(by: { $0.median < $1.median }), worst.median > 0
        else { return nil }
        let share = (best.median * 100 / worst.median).text(decimals: 0)
        return "Of those within it \(best.policy) took the least: \(share) % of what \(worst.policy) took; "
            + "the exporter could move its buffers \(best.moves) times, and the other's \(worst.moves) times."
    }

    private var content: String {
        faults.isEmpty ? "All \(checkedWords) words that were looked at are right." : "Wrong: \(Self.list(faults))."
    }

    private func isWithin(_ total: Total) -> Bool { total.peakBytes <= budget && total.refusals == 0 }

    private static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
