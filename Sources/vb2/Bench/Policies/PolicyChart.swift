import BufferSharing
import Charts

/// Measurements as a picture: a panel for each thing that the review thread argued about.
enum PolicyChart {
    static func chart(_ measurements: [PolicyMeasurement], _ workload: PolicyWorkload) -> BarChart {
        let policies = MappingPolicy.allCases.filter { policy in measurements.contains { $0.policy == policy } }
        let sources = BufferSource.allCases.filter { source in measurements.contains { $0.source == source } }
        func rows(_ value: (PolicyMeasurement) -> Double) -> [BarChart.Row] {
            policies.map { policy in
                BarChart.Row(
                    label: "\(policy)",
                    values: sources.map { source in
                        measurements.first { $0.policy == policy && $0.source == source }.map(value)
                    })
            }
        }
        let budget = Double(workload.budgetBytes) / Double(1 << 20)
        return BarChart(
            title: "A camera that keeps its mappings, an exporter that wants the memory",
            subtitle: [PolicySetting.text(workload)],
            series: sources.map { .init(name: name(of: $0)) },
            panels: [
                .init(
                    title: "Time to get at the memory, usual frame", unit: "ms: half of the frames took no longer",
                    decimals: 2, rows: rows { $0.mapTimes.percentile(50).milliseconds }),
                .init(
                    title: "Time to get at the memory, slow frame", unit: "ms: 99 of 100 frames took no longer",
                    decimals: 1, rows: rows { $0.mapTimes.percentile(99).milliseconds }),
                .init(
                    title: "Frames late", unit: "of \(workload.frames): not there when the next one was due",
                    decimals: 0, rows: rows { Double($0.lateFrames) }, reach: Double(workload.frames) / 10),
                .init(
                    title: "Moves", unit: "times that a buffer of the camera's left its memory", decimals: 0,
                    rows: rows { Double($0.moves) }),
                .init(
                    title: "Peak memory", unit: "MiB of all buffers", decimals: 0,
                    rows: rows { Double($0.peakBytes) / Double(1 << 20) },
                    limit: .init(value: budget, label: "budget \(budget.text(decimals: 0))")),
                .init(
                    title: "Refused", unit: "buffers that the neighbour asked for and didn't get", decimals: 0,
                    rows: rows { Double($0.refusals) }),
            ])
    }

    private static func name(of source: BufferSource) -> String {
        switch source {
        case .own: "the queue's own buffers (MMAP)"
        case .rotating: "rotating imports (DMABUF)"
        }
    }
}
