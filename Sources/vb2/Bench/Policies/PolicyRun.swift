import BufferSharing
import LinuxSystem
import VirtualDevices

/// One run of the workload, under one policy with one kind of buffers.
final class PolicyRun {
    private let workload: PolicyWorkload
    private let heap: EvictableHeap
    private let camera: BenchCamera
    private let program: Locked<BenchProgram>
    private let neighbour: Locked<Neighbour>
    private let returned = Inbox<BenchFrame>()
    private let programWorker: Worker<BenchFrame>
    private let neighbourWorker: Worker<PolicyWorkload.Burst>
    private var baseline = BalanceCounters()
    private var result: PolicyMeasurement

    /// - Throws: `BufferSharingError`, `Errno`: the folder to evict to; memory, descriptors or threads that are short.
    init(_ workload: PolicyWorkload, _ policy: MappingPolicy, _ source: BufferSource) throws {
        self.workload = workload
        result = PolicyMeasurement(policy: policy, source: source)
        heap = try EvictableHeap(
            .init(budget: workload.budgetBytes, evictsTo: workload.evictsTo, usesSwap: workload.usesSwap))
        camera = try BenchCamera(workload, policy, source, heap: heap)
        let program = Locked(BenchProgram(workload))
        let neighbour = Locked(try Neighbour(workload, heap: heap))
        (self.program, self.neighbour) = (program, neighbour)
        programWorker = try Worker(name: "program", hasThread: workload.isLive) { [returned] frame in
            let done = program.withLock { $0.take(frame) }
            for frame in done { returned.put(frame) }
        }
        neighbourWorker = try Worker(name: "neighbour", hasThread: workload.isLive) { burst in
            neighbour.withLock { $0.act(burst) }
        }
    }

    /// Runs it to the end.
    /// - Parameter onMoment: called with the number of each moment.
    func measure(onMoment: (Int) -> Void = { _ in }) throws -> PolicyMeasurement {
        if workload.isLive { try runLive(onMoment) } else { try runInTurn(onMoment) }
        programWorker.finish()
        neighbourWorker.finish()
        program.withLock { $0.stop() }
        neighbour.withLock { $0.stop() }
        collect()
        return result
    }

    // MARK: The moments

    private func runInTurn(_ onMoment: (Int) -> Void) throws {
        for moment in 0..<workload.momentCount {
            onMoment(moment)
            if try !makeFrame(moment) { countLate(moment..<moment + 1) }
        }
    }

    /// Each moment when it is due. One that has passed when the camera comes to it is left out, as a sensor does.
    private func runLive(_ onMoment: (Int) -> Void) throws {
        let timer = try TimerDescriptor()
        var pacer = FramePacer(start: .now(), interval: workload.interval)
        while pacer.position < workload.momentCount {
            let due = pacer.dueCount(at: .now())
            if due == 0 {
                try timer.arm(at: pacer.nextDue)
                _ = try timer.descriptor.wait(for: .input)
                try timer.drain()
                continue
            }
            let first = Int(pacer.position)
            let moment = min(first + Int(clamping: due), workload.momentCount) - 1
            pacer.advance(by: UInt64(moment + 1 - first))
            countLate(first..<moment)
            for missed in first..<moment { tellNeighbour(missed) }
            onMoment(moment)
            let isMade = try makeFrame(moment)
            if !isMade || MonotonicTime.now() > pacer.nextDue { countLate(moment..<moment + 1) }
        }
    }

    private func countLate(_ moments: Range<Int>) {
        result.lateFrames += moments.count { $0 >= workload.warmUp }
    }

    private func tellNeighbour(_ moment: Int) {
        if let burst = workload.burst(at: moment) { neighbourWorker.tell(burst) }
    }

    /// - Returns: false if no buffer was queued.
    private func makeFrame(_ moment: Int) throws -> Bool {
        if moment == workload.warmUp {
            baseline = camera.space.counters
            _ = camera.takeMapTime()
        }
        tellNeighbour(moment)
        for frame in returned.takeAll() { try camera.giveBack(frame) }
        guard let frame = try camera.makeFrame(UInt32(moment)) else { return false }
        if moment >= workload.warmUp { result.mapTimes.add(camera.takeMapTime()) }
        programWorker.tell(frame)
        return true
    }

    // MARK: The result

    private func collect() {
        let report = heap.report
        let counters = camera.space.counters
        result.frames = workload.frames
        result.realMaps = Int(counters.realMaps - baseline.realMaps)
        result.keptMaps = Int(counters.keptMaps + counters.sharedMaps - baseline.keptMaps - baseline.sharedMaps)
        result.moves = camera.moves
        result.evictions = report.evictions
        result.overBudgetUses = report.overBudgetUses
        result.peakBytes = report.peakResidentBytes
        var check = program.withLock { $0.check }
        check.add(neighbour.withLock { $0.check })
        result.refusals = neighbour.withLock { $0.refusals }
        result.checkedWords = check.words
        if check.wrongWords > 0 { result.faults.append("\(check.wrongWords) of \(check.words) words are wrong") }
        if let failure = check.failure { result.faults.append(failure) }
        if camera.failedFrames > 0 { result.faults.append("\(camera.failedFrames) frames could not be made") }
        result.faults += camera.stop()
        let isBalanced =
            camera.space.counters.isBalanced && program.withLock { $0.isBalanced }
            && neighbour.withLock { $0.isBalanced }
        if !isBalanced { result.faults.append("maps or attachments were not ended: \(camera.space.counters)") }
    }
}
