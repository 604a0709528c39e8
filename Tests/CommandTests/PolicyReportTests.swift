import BufferSharing
import Charts
import LinuxSystem
import Testing

@testable import vb2

/// Fixed measurements as text and picture.
@Suite struct PolicyReportTests {
    private static let mebibyte = 1 << 20

    private static func measurement(
        _ policy: MappingPolicy, _ source: BufferSource = .own, milliseconds: [Int64], late: Int = 0, moves: Int = 0,
        over: Int = 0, refused: Int = 0, peak: Int = 32
    ) -> PolicyMeasurement {
        var result = PolicyMeasurement(policy: policy, source: source)
        result.frames = milliseconds.count
        result.mapTimes = DurationSamples(milliseconds.map { .milliseconds($0) })
        result.realMaps = 3
        result.keptMaps = 1
        result.lateFrames = late
        result.moves = moves
        result.evictions = moves > 0 ? [.discard: moves, .store: 2, .pageOut: 1] : [:]
        result.overBudgetUses = over
        result.refusals = refused
        result.peakBytes = peak * mebibyte
        result.checkedWords = 100
        return result
    }

    private static let three = [
        measurement(.perUse, milliseconds: [10, 11, 12, 40], late: 2, moves: 5),
        measurement(.perUse, .rotating, milliseconds: [12, 12, 12, 12], moves: 4),
        measurement(.askAtMap, milliseconds: [1, 1, 2, 30], late: 1, moves: 6),
        measurement(.forever, milliseconds: [1, 1, 1, 1], over: 7, refused: 3, peak: 40),
    ]

    @Test func table() {
        let lines = PolicyTable.text(Self.three).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.prefix(6).map(String.init) == [
                "POLICY    BUFFERS    MAP  MEDIAN    99%  REAL  KEPT  LATE  MOVES   EVICTED  OVER  REFUSED  PEAK",
                "perUse    own       73.0   11.00  40.00     3     1   2/4      5  5d 2s 1p     0        0  32.0",
                "perUse    rotating  48.0   12.00  12.00     3     1   0/4      4  4d 2s 1p     0        0  32.0",
                "askAtMap  own       34.0    1.00  30.00     3     1   1/4      6  6d 2s 1p     0        0  32.0",
                "forever   own        4.0    1.00   1.00     3     1   0/4      0         0     7        3  40.0",
                "",
            ])
        // One line says what each column is.
        let titles = lines[0].split(separator: " ")
        #expect(lines.dropFirst(6).map { $0.split(separator: " ")[0] } == titles)
    }

    @Test func findings() {
        let findings = PolicyFindings(Self.three, budget: 32 * Self.mebibyte)
        #expect(
            findings.sentences == [
                "To get at the memory of the usual frame took askAtMap 1.00 ms, forever 1.00 ms and perUse 12.00 ms.",
                "Frames were late: askAtMap 1 of 4 and perUse 2 of 8, and none otherwise.",
                "Within the budget of 32.0 MiB: perUse and askAtMap; forever went 25 % over it in 7 uses, and left the "
                    + "neighbour without 3 of its buffers.",
                "Of those within it askAtMap took the least: 8 % of what perUse took; the exporter could move its buffers "
                    + "6 times, and the other's 9 times.",
                "All 400 words that were looked at are right.",
            ])
        #expect(findings.fault == nil)
    }

    /// Other figures, other sentences.
    @Test func findingsFollowTheFigures() {
        let cheap = Self.measurement(.perUse, milliseconds: [1])
        let dear = Self.measurement(.askAtMap, milliseconds: [2], refused: 1)
        let sentences = PolicyFindings([cheap, dear], budget: 31 * Self.mebibyte).sentences
        #expect(sentences[0] == "To get at the memory of the usual frame took perUse 1.00 ms and askAtMap 2.00 ms.")
        #expect(sentences[1] == "No frame was late.")
        #expect(
            sentences[2]
                == "None kept within the budget of 31.0 MiB; perUse went 3 % over it in 0 uses; askAtMap went 3 % over it "
                + "in 0 uses, and left the neighbour without 1 of its buffers.")
        #expect(sentences.count == 4)
        let one = PolicyFindings([dear], budget: 32 * Self.mebibyte).sentences
        #expect(one[1].hasSuffix("askAtMap left the neighbour without 1 of its buffers."))
        #expect(one.count == 3)
    }

    @Test func aFaultIsSaid() {
        var wrong = Self.measurement(.untilTold, .rotating, milliseconds: [1])
        wrong.faults = ["3 of 100 words are wrong", "2 frames could not be made"]
        let findings = PolicyFindings([Self.three[0], wrong], budget: 32 * Self.mebibyte)
        #expect(findings.fault == "untilTold, rotating: 3 of 100 words are wrong")
        #expect(findings.sentences.last?.hasPrefix("Wrong: untilTold, rotating: 3 of 100") == true)
    }

    @Test func nothingMeasured() {
        #expect(PolicyTable.text([]).hasPrefix("POLICY  BUFFERS  MAP"))
        let sentences = PolicyFindings([], budget: 0).sentences
        #expect(sentences.last == "All 0 words that were looked at are right.")
        #expect(PolicyChart.chart([], PolicyWorkload()).panels.allSatisfy { $0.rows.isEmpty })
    }

    @Test func chart() throws {
        var workload = PolicyWorkload()
        workload.budget = 32 * Self.mebibyte
        let chart = PolicyChart.chart(Self.three, workload)
        #expect(chart.series.count == 2)
        #expect(chart.panels.allSatisfy { $0.rows.map(\.label) == ["perUse", "askAtMap", "forever"] })
        func values(_ title: String) throws -> [[Double?]] {
            try #require(chart.panels.first { $0.title.hasPrefix(title) }).rows.map(\.values)
        }
        #expect(try values("Time to get at the memory, usual frame") == [[11, 12], [1, nil], [1, nil]])
        #expect(try values("Time to get at the memory, slow frame") == [[40, 12], [30, nil], [1, nil]])
        #expect(try values("Frames late") == [[2, 0], [1, nil], [0, nil]])
        #expect(try values("Moves") == [[5, 4], [6, nil], [0, nil]])
        #expect(try values("Peak") == [[32, 32], [32, nil], [40, nil]])
        #expect(try values("Refused") == [[0, 0], [0, nil], [3, nil]])
        #expect(chart.panels.compactMap(\.limit).map(\.value) == [32])
        #expect(chart.subtitle.first?.contains("1920x1080 at 60 frames/s") == true)
    }
}
