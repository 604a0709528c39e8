import BufferSharing
import PixelFormats
import Testing

@testable import vb2

/// The workload of `vb2 bench policies`, small. Without waiting, who does what is the same each time.
@Suite struct PolicyRunTests {
    private static let frames = 90
    private static let bursts = 3
    private static let movers: [MappingPolicy] = [.perUse, .untilTold, .untilCalledBack, .askAtMap]

    private static func workload() -> PolicyWorkload {
        var workload = PolicyWorkload()
        workload.frameSize = FrameSize(width: 128, height: 64)
        workload.frames = frames
        workload.isLive = false
        return workload
    }

    /// So much memory that the exporter never wants any back.
    private static func roomy() -> PolicyWorkload {
        var workload = workload()
        workload.budget = 4 * workload.budgetBytes
        return workload
    }

    private static func run(
        _ policy: MappingPolicy, _ source: BufferSource, _ workload: PolicyWorkload = workload()
    ) throws -> PolicyMeasurement {
        try PolicyRun(workload, policy, source).measure()
    }

    @Test(arguments: MappingPolicy.allCases, BufferSource.allCases)
    func everyFrameIsMadeAndRight(policy: MappingPolicy, source: BufferSource) throws {
        var moments: [Int] = []
        let workload = Self.workload()
        let measurement = try PolicyRun(workload, policy, source).measure { moments.append($0) }
        #expect(measurement.faults == [])
        #expect(measurement.policy == policy && measurement.source == source)
        #expect(measurement.mapTimes.count == Self.frames && measurement.frames == Self.frames)
        #expect(measurement.lateFrames == 0)
        // Four pages of each frame, warm-up or not, and of what the neighbour has.
        #expect(measurement.checkedWords > 4 * workload.momentCount)
        #expect(moments == Array(0..<workload.momentCount))
        #expect(measurement.evictions.values.reduce(0, +) > 0)
    }

    @Test(arguments: MappingPolicy.allCases, BufferSource.allCases)
    func contentsAreRightSideBySide(policy: MappingPolicy, source: BufferSource) throws {
        var workload = Self.workload()
        workload.isLive = true
        workload.interval = Rational(1, 1000)
        let measurement = try Self.run(policy, source, workload)
        #expect(measurement.faults == [])
        // A frame that isn't late was made.
        #expect(measurement.mapTimes.count <= Self.frames)
        #expect(measurement.mapTimes.count + measurement.lateFrames >= Self.frames)
    }

    @Test(arguments: BufferSource.allCases)
    func perUseMapsForEachUse(source: BufferSource) throws {
        for workload in [Self.workload(), Self.roomy()] {
            let measurement = try Self.run(.perUse, source, workload)
            // An import is mapped at its QBUF, too.
            #expect(measurement.realMaps == (source == .own ? 1 : 2) * Self.frames)
            #expect(measurement.keptMaps == 0)
        }
    }

    /// An exporter that is asked at each unmap, and is short of memory, always says yes.
    @Test(arguments: BufferSource.allCases)
    func untilToldIsPerUseUnderPressure(source: BufferSource) throws {
        let uses = (source == .own ? 1 : 2) * Self.frames
        let short = try Self.run(.untilTold, source)
        #expect(short.realMaps == uses && short.keptMaps == 0)
        let roomy = try Self.run(.untilTold, source, Self.roomy())
        #expect(roomy.realMaps == 0 && roomy.keptMaps == uses)
    }

    @Test(arguments: [MappingPolicy.untilCalledBack, .askAtMap], BufferSource.allCases)
    func whatIsKeptIsMappedAnewAfterAMove(policy: MappingPolicy, source: BufferSource) throws {
        let measurement = try Self.run(policy, source)
        #expect(measurement.moves > 0)
        #expect(measurement.realMaps <= measurement.moves)
        #expect(measurement.realMaps < Self.frames / 2)
        #expect(measurement.realMaps + measurement.keptMaps == (source == .own ? 1 : 2) * Self.frames)
    }

    @Test(arguments: movers, BufferSource.allCases)
    func whoLetsGoKeepsToTheBudget(policy: MappingPolicy, source: BufferSource) throws {
        let workload = Self.workload()
        let measurement = try Self.run(policy, source)
        #expect(measurement.moves > 0)
        #expect(measurement.peakBytes <= workload.budgetBytes)
        #expect(measurement.overBudgetUses == 0 && measurement.refusals == 0)
        // Frames that the program held, or what the neighbour wants back.
        #expect(measurement.evictions[.store] ?? 0 > 0)
    }

    @Test func foreverIsAtTheNeighboursCost() throws {
        let workload = Self.workload()
        let measurement = try Self.run(.forever, .own)
        #expect(measurement.moves == 0)
        #expect(measurement.realMaps == 0 && measurement.keptMaps == Self.frames)
        #expect(measurement.peakBytes > workload.budgetBytes)
        #expect(measurement.overBudgetUses == workload.lastingCount * Self.bursts)
        #expect(measurement.refusals == Self.bursts)
    }

    /// A buffer is pinned while the queue has it: of imports that take turns, those that wait can move.
    @Test func foreverPinsWhatIsAttached() throws {
        let measurement = try Self.run(.forever, .rotating)
        #expect(measurement.moves > 0)
        #expect(measurement.keptMaps > measurement.realMaps)
    }

    @Test(arguments: MappingPolicy.allCases)
    func nothingMovesWhileThereIsRoom(policy: MappingPolicy) throws {
        for source in BufferSource.allCases {
            let measurement = try Self.run(policy, source, Self.roomy())
            #expect(measurement.faults == [])
            #expect(measurement.moves == 0 && measurement.evictions == [:])
            #expect(measurement.refusals == 0 && measurement.overBudgetUses == 0)
            #expect(policy == .perUse || measurement.realMaps == 0)
        }
    }

    @Test func theSmallestBudgetIsEnough() throws {
        var workload = Self.workload()
        workload.budget = try workload.leastBudget * #require(workload.frameBytes)
        for policy in MappingPolicy.allCases {
            for source in BufferSource.allCases { #expect(try Self.run(policy, source, workload).faults == []) }
        }
    }

    @Test func momentsOfTheNeighbour() {
        let workload = Self.workload()
        let bursts = (0..<workload.momentCount).compactMap { moment in workload.burst(at: moment).map { (moment, $0) } }
        #expect(bursts.map(\.1) == Array(repeating: [.begin, .end], count: Self.bursts).flatMap { $0 })
        #expect(bursts.first?.0 ?? 0 > workload.warmUp)
    }

    @Test func sizesThatCannotBe() throws {
        var workload = PolicyWorkload()
        #expect(workload.frameBytes == 1920 * 1080 * 2 + 2048)
        workload.frameSize = FrameSize(width: .max, height: .max)
        #expect(workload.frameBytes == nil)
        workload.frameSize = FrameSize(width: 1, height: 1)
        #expect(workload.frameBytes == 4096)
    }
}
