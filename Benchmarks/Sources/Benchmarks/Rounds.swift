import LinuxSystem

/// Measuring on a machine where others run too: short rounds in turn, so that what disturbs one side disturbs the
/// other, and medians.
enum Rounds {
    /// The medians of what both give, each called once a round.
    static func compare(
        _ rounds: Int, reference: () throws -> Double, subject: () throws -> Double
    ) rethrows -> (value: Double, reference: Double) {
        var values: [Double] = []
        var references: [Double] = []
        for _ in 0..<rounds {
            references.append(try reference())
            values.append(try subject())
        }
        return (median(values), median(references))
    }

    /// Nanoseconds that it takes, divided by how often it does its thing.
    static func time(_ count: Int = 1, _ body: () throws -> Void) rethrows -> Double {
        let start = MonotonicTime.now()
        try body()
        return Double(MonotonicTime.now().elapsed(since: start).nanoseconds) / Double(count)
    }

    /// Bytes a second, for something that puts out so many.
    static func rate(_ bytes: Int, _ body: () throws -> Void) rethrows -> Double {
        Double(bytes) * 1e9 / (try time(1, body))
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }
}
