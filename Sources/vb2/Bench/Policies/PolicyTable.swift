import BufferSharing
import Charts

/// Measurements as a table for people, and what its columns are.
enum PolicyTable {
    private static let columns = [
        ("POLICY", "when the camera lets go of its mapping of a buffer that it isn't using"),
        ("BUFFERS", "own: one for each index of the queue (MMAP); rotating: imports that take turns (DMABUF)"),
        ("MAP", "milliseconds in all that it took to get at the frames' memory: map, write to every page, unmap"),
        ("MEDIAN", "the same for one frame: half of the frames took no longer"),
        ("99%", "99 of 100 frames took no longer"),
        ("REAL", "maps that made page tables"),
        ("KEPT", "maps that a kept mapping served"),
        ("LATE", "frames that weren't there when the next one was due"),
        ("MOVES", "how often a buffer of the camera's left its memory"),
        ("EVICTED", "buffers of everybody that left memory: d discarded, s stored on disk, p paged out to swap"),
        ("OVER", "uses that began although the budget was used up"),
        ("REFUSED", "buffers that the neighbour asked for and didn't get"),
        ("PEAK", "MiB that all buffers had in memory at once, at most"),
    ]

    static func text(_ measurements: [PolicyMeasurement]) -> String {
        var table = TextTable(columns.map(\.0), wordColumns: 2)
        for measurement in measurements { table.add(row(measurement)) }
        let width = columns.map(\.0.count).max() ?? 0
        let legend = columns.map { title, meaning in
            title + String(repeating: " ", count: width - title.count) + "  " + meaning
        }
        return (table.lines + [""] + legend).joined(separator: "\n")
    }

    private static func row(_ measurement: PolicyMeasurement) -> [String] {
        let times = measurement.mapTimes
        return [
            "\(measurement.policy)", "\(measurement.source)", times.total.milliseconds.text(decimals: 1),
            times.percentile(50).milliseconds.text(decimals: 2), times.percentile(99).milliseconds.text(decimals: 2),
            "\(measurement.realMaps)", "\(measurement.keptMaps)", "\(measurement.lateFrames)/\(measurement.frames)",
            "\(measurement.moves)", evictions(measurement.evictions), "\(measurement.overBudgetUses)",
            "\(measurement.refusals)", mebibytes(measurement.peakBytes),
        ]
    }

    private static func evictions(_ counts: [EvictionMeans: Int]) -> String {
        let letters: [(EvictionMeans, String)] = [
            (.discard, "d"), (.store, "s"), (.guardedStore, "s"), (.pageOut, "p"),
        ]
        let parts = letters.compactMap { means, letter in counts[means].map { "\($0)\(letter)" } }
        return parts.isEmpty ? "0" : parts.joined(separator: " ")
    }

    static func mebibytes(_ bytes: Int) -> String { (Double(bytes) / Double(1 << 20)).text(decimals: 1) }
}
