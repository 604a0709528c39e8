import BufferQueue
import BufferSharing
import FaultSupport
import LinuxSystem
import Testing

/// A test is run once as it is. In a fault run (`make faults`) it is then run again for each system call that it makes,
/// and that call fails: whatever the test says then, nothing may trap or be left behind, a signal changes nothing, and
/// what fails is heard of.
///
/// Descriptors and mappings are counted for the whole process, so a fault run runs one test at a time.
struct EachCallFailing: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil, Environment.value("VB2_FAULT_RUN") != nil else { return try await function() }
        let census = BenchCensus()
        let counting = CallFaults()
        try await BenchCensus.$current.withValue(census) {
            try await CallFaults.$current.withValue(counting) { try await function() }
        }
        census.close()
        var before = try Holdings.now()
        for strike in FaultPlan.strikes(on: counting.calls) {
            try await run(strike, test, testCase, &before, function)
        }
    }

    private func run(
        _ strike: FaultPlan.Strike, _ test: Test, _ testCase: Test.Case?, _ before: inout Holdings,
        _ function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let census = BenchCensus()
        let faults = strike.faults
        let complaints = Locked(0)
        // What the test expects isn't what happens; only that it complains is of interest.
        let listener = IssueHandlingTrait.filterIssues { _ in
            complaints.withLock { $0 += 1 }
            return false
        }
        try await listener.provideScope(for: test, testCase: testCase) {
            do {
                try await BenchCensus.$current.withValue(census) {
                    try await CallFaults.$current.withValue(faults) { try await function() }
                }
            } catch {
                complaints.withLock { $0 += 1 }
            }
        }
        guard !faults.failed.isEmpty else { return }
        let heard = complaints.withLock { $0 } > 0
        if strike.errno == .interrupted, heard { Issue.record("\(strike): a signal was heard of") }
        let mayBeSilent = Self.silentFunctions.contains(strike.site.function) || Self.silentTests.contains(test.name)
        if strike.errno != .interrupted, !heard, !mayBeSilent {
            Issue.record("\(strike): nobody heard of it")
        }
        for fault in census.close() { Issue.record("\(strike): \(fault)") }
        for change in try Holdings.changes(since: &before) { Issue.record("\(strike): \(change)") }
    }

    /// Functions whose failure changes nothing that a program sees: how much of a file is in memory only says whether
    /// it pays to map all of it at once, and what isn't mapped at once is when it is touched.
    private static let silentFunctions: Set<String> = ["allocatedBytes()", "populate()", "populateForReading()"]

    /// Tests that expect no memory just there, or that go on after any error.
    private static let silentTests: Set<String> = [
        "whatMemoryThereIsSuffices(planes:)", "lessThanTheMinimumIsNothing(planes:)",
        "aRandomWalkEndsInBalance(direction:planes:)", "inAnyOrder(_:)",
    ]
}

extension Trait where Self == EachCallFailing {
    static var eachCallFailing: Self { Self() }
}

/// The benches that a test made, to look at their counters when it has ended, however it has.
final class BenchCensus: Sendable {
    @TaskLocal static var current: BenchCensus?

    private let benches = Locked<[Entry]>([])

    /// `@unchecked Sendable` because one test runs at a time, and it has ended when the census looks.
    private struct Entry: @unchecked Sendable {
        let bench: Bench
    }

    func add(_ bench: Bench) {
        let entry = Entry(bench: bench)
        benches.withLock { $0.append(entry) }
    }

    /// Releases all of them. - Returns: what was out of balance then.
    @discardableResult
    func close() -> [String] {
        let entries = benches.withLock { list in
            defer { list = [] }
            return list
        }
        var faults: [String] = []
        for entry in entries {
            entry.bench.driver.whileStarting = { _ in }
            entry.bench.driver.whilePreparing = { _ in }
            entry.bench.driver.whileStopping = { _ in }
            entry.bench.queue.release()
            faults += entry.bench.queue.counters.unbalanced
        }
        for entry in entries where !entry.bench.space.counters.isBalanced {
            faults.append("address space out of balance: \(entry.bench.space.counters)")
        }
        return faults
    }
}
