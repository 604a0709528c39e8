import ArgumentParser
import BufferSharing
import Charts
import LinuxSystem
import PixelFormats

/// `vb2 bench policies`: the review thread's argument, settled by figures.
struct BenchPoliciesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policies",
        abstract: "Compare the ways of keeping a mapping: map time, late frames, moves, memory.",
        discussion: """
            A mapping is expensive, so a camera's queue wants to keep it; memory is scarce, so an exporter wants to \
            move what nobody is using. A camera and a memory-hungry neighbour share one heap with a budget, under each \
            policy in turn, and a table says what it cost whom:

              perUse           maps for each frame, unmaps after it
              untilTold        keeps it until the exporter, asked at unmap, wants to move
              untilCalledBack  keeps it until the exporter calls, just before it moves
              askAtMap         keeps it, and asks at the next map whether memory moved
              forever          keeps it and pins the memory, as the kernel's vb2 does

            Every frame's content is checked on the way: the exit status is 70 if a word of it was wrong.

            EXAMPLES
              vb2 bench policies
              vb2 bench policies --svg policies.svg
              vb2 bench policies --policy askAtMap --policy forever --budget 30M
            """)

    @Option(help: ArgumentHelp("Frames of each run; there are two for each policy.", valueName: "n"))
    var frames = PolicyWorkload().frames

    @Option(help: ArgumentHelp("The camera's picture size, of two bytes for each pixel.", valueName: "WxH"))
    var size = "\(PolicyWorkload().frameSize)"

    @Option(help: ArgumentHelp("The camera's frames per second.", valueName: "n"))
    var fps = PolicyWorkload().interval.denominator

    @Option(
        help: ArgumentHelp(
            "How much memory all buffers may have, such as 100M. Default: 8 of the 11 buffers.", valueName: "size"))
    var budget: String?

    @Option(help: ArgumentHelp("A policy; give it again for another. Default: all.", valueName: "name"))
    var policy: [String] = []

    @Option(help: ArgumentHelp("Write the figures as a picture, too.", valueName: "file"))
    var svg: String?

    @Option(
        name: .customLong("evict-to"),
        help: ArgumentHelp("Where the content of idle buffers goes; not on tmpfs.", valueName: "dir"))
    var evictsTo = PolicyWorkload().evictsTo

    @Flag(help: "Let the system write content to its swap, too.")
    var swap = false

    func run() throws {
        let workload = try makeWorkload()
        let policies = try chosenPolicies()
        // Before the run, not after it.
        let file = try svg.map { path throws(CommandFailure) in try ChartFile(path) }
        let measurements = try measure(workload, policies)
        let findings = PolicyFindings(measurements, budget: workload.budgetBytes)
        try StandardOutput.writeLine(PolicySetting.text(workload) + ".\n")
        try StandardOutput.writeLine(PolicyTable.text(measurements) + "\n")
        try StandardOutput.writeLine(findings.sentences.joined(separator: "\n"))
        try file?.write(PolicyChart.chart(measurements, workload).svg())
        if let fault = findings.fault { throw CommandFailure.defect(fault) }
    }
}

extension BenchPoliciesCommand {
    /// - Throws: `CommandFailure` (64) for what can't be run, (71) for more memory than there is.
    func makeWorkload() throws(CommandFailure) -> PolicyWorkload {
        var workload = PolicyWorkload()
        guard let frameSize = FrameSize(size) else { throw .usage("'\(size)' is no size; write --size 1920x1080") }
        workload.frameSize = frameSize
        guard 1...1_000_000 ~= frames else { throw .usage("--frames \(frames) is none of 1 to 1000000") }
        workload.frames = frames
        guard 1...1000 ~= fps else { throw .usage("--fps \(fps) is none of 1 to 1000") }
        workload.interval = Rational(1, fps)
        workload.evictsTo = evictsTo
        workload.usesSwap = swap
        try requireMemory(&workload)
        do {
            _ = try EvictableHeap(.init(budget: workload.budgetBytes, evictsTo: evictsTo))
        } catch {
            throw .output("\(error); name another --evict-to")
        }
        return workload
    }

    /// Under a policy that moves nothing all buffers are in memory at once.
    private func requireMemory(_ workload: inout PolicyWorkload) throws(CommandFailure) {
        let available: Int
        do { available = try Memory.available() } catch { throw .system("/proc/meminfo: \(error)") }
        guard let frame = workload.frameBytes, frame <= available / 8 * 7 / workload.allBufferCount else {
            throw .system(
                "\(workload.allBufferCount) buffers of \(workload.frameSize) are more memory than there is now "
                    + "(\(available >> 20) MiB); use a smaller --size")
        }
        guard let budget else { return }
        guard let bytes = HeapOptions.bytes(budget) else { throw .usage("'\(budget)' is no size; write --budget=100M") }
        let least = workload.leastBudget * frame
        guard bytes >= least else {
            throw .usage(
                "--budget \(budget) has no room for \(workload.leastBudget) buffers, the camera's and one more; "
                    + "use \((least + 1023) >> 10)K or more")
        }
        workload.budget = bytes
    }

    /// In the order of the review thread, each once.
    func chosenPolicies() throws(CommandFailure) -> [MappingPolicy] {
        for name in policy where !MappingPolicy.allCases.contains(where: { "\($0)" == name }) {
            let names = MappingPolicy.allCases.map { "\($0)" }.joined(separator: ", ")
            throw .usage("there is no policy '\(name)'; the policies are \(names)")
        }
        return MappingPolicy.allCases.filter { policy.isEmpty || policy.contains("\($0)") }
    }

    private func measure(_ workload: PolicyWorkload, _ policies: [MappingPolicy]) throws -> [PolicyMeasurement] {
        let plan = policies.flatMap { policy in BufferSource.allCases.map { (policy, $0) } }
        var bar = ProgressBar(total: plan.count * workload.momentCount)
        defer { bar.clear() }
        var done = 0
        return try plan.map { policy, source in
            defer { done += workload.momentCount }
            do {
                return try PolicyRun(workload, policy, source).measure { moment in
                    bar.show(done + moment, "\(policy), \(source) buffers")
                }
            } catch let error as BufferSharingError {
                throw CommandFailure.system("\(policy), \(source) buffers: \(error)")
            }
        }
    }
}
