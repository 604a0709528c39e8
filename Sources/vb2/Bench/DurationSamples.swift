import LinuxSystem

/// How long something took, each time.
struct DurationSamples: Hashable, Sendable {
    private(set) var all: [MonotonicDuration] = []

    init(_ all: [MonotonicDuration] = []) {
        self.all = all
    }

    mutating func add(_ duration: MonotonicDuration) {
        all.append(duration)
    }

    var count: Int { all.count }

    var total: MonotonicDuration {
        MonotonicDuration(nanoseconds: all.reduce(0) { $0 + $1.nanoseconds })
    }

    /// The shortest time that at least `percent` of the samples don't exceed (nearest rank); zero without samples.
    func percentile(_ percent: Int) -> MonotonicDuration {
        if all.isEmpty { return .zero }
        let rank = (count * min(max(percent, 0), 100) + 99) / 100
        return all.sorted()[max(rank, 1) - 1]
    }
}

extension MonotonicDuration {
    var milliseconds: Double { Double(nanoseconds) / 1e6 }
}
