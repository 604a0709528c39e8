import LinuxSystem
import Testing

@testable import BufferQueue

/// Every state that can be reached with up to three buffers, and every input in each of them.
@Suite struct QueueStateExhaustiveTests {
    static let buffersAtMost = 3

    enum Input: Hashable {
        case addBuffers(Int), removeAllBuffers
        case prepare(Int), enqueue(Int), dequeue
        case streamOn, streamOff
        case startBegins, startEnds, startFails
        case take, complete(Int, Completion, isLast: Bool), fail
    }

    enum Outcome: Equatable {
        case nothing
        case refused(Errno)
        case action(QueueState.Action)
        case index(Int?)
        case accepted(Bool)
    }

    /// What may happen next. While the device starts, the program waits for its call: only the device acts.
    func inputs(_ model: QueueModel) -> [Input] {
        let indices = -1...model.buffers.count
        var inputs: [Input] = [.take, .fail]
        for index in indices {
            for completion in Completion.allCases {
                inputs += [.complete(index, completion, isLast: false), .complete(index, completion, isLast: true)]
            }
        }
        if let start = model.start {
            return inputs + (start.isUnderWay ? [.startEnds, .startFails] : [.startBegins, .startFails])
        }
        for index in indices { inputs += [.prepare(index), .enqueue(index)] }
        inputs += [.dequeue, .streamOn, .streamOff]
        // A late report of a start changes nothing, except that an armed queue would believe it.
        if !model.streaming || model.startCalled || model.error { inputs.append(.startBegins) }
        if !model.streaming { inputs.append(.removeAllBuffers) }
        let room = Self.buffersAtMost - model.buffers.count
        for count in stride(from: 1, through: room, by: 1) { inputs.append(.addBuffers(count)) }
        return inputs
    }

    /// What the state machine does.
    func act(_ input: Input, on state: inout QueueState, trigger: Int?) -> Outcome {
        do throws(Errno) {
            switch input {
            case .addBuffers(let count): return .index(state.addBuffers(count))
            case .removeAllBuffers: state.removeAllBuffers()
            case .prepare(let index): try state.prepare(index)
            case .enqueue(let index): return .action(try state.enqueue(index))
            case .dequeue: return .index(try state.dequeue())
            case .streamOn: return .action(try state.streamOn())
            case .streamOff: state.streamOff()
            case .startBegins: state.startSucceeded()
            case .startEnds: break
            case .startFails: state.startFailed(queueing: trigger)
            case .take: return .index(state.take())
            case .complete(let index, let completion, let isLast):
                return .accepted(state.complete(index, completion, isLast: isLast))
            case .fail: state.fail()
            }
            return .nothing
        } catch {
            return .refused(error)
        }
    }

    /// What it should do.
    func act(_ input: Input, on model: inout QueueModel) -> Outcome {
        switch input {
        case .addBuffers(let count):
            model.buffers += Array(repeating: .init(), count: count)
            return .index(model.buffers.count - count)
        case .removeAllBuffers:
            model = QueueModel(minimumQueued: model.minimumQueued)
        case .prepare(let index):
            if let errno = model.refusal(QueueModel.prepareRules, index) { return .refused(errno) }
            model.buffers[index].isPrepared = true
        case .enqueue(let index):
            if let errno = model.refusal(QueueModel.enqueueRules, index) { return .refused(errno) }
            model.enqueue(index)
            return .action(model.start == nil ? .none : .start)
        case .dequeue:
            if let errno = model.refusal(QueueModel.dequeueRules) { return .refused(errno) }
            return .index(model.dequeue())
        case .streamOn:
            if let errno = model.refusal(QueueModel.streamOnRules) { return .refused(errno) }
            model.streamOn()
            return .action(model.start == nil ? .none : .start)
        case .streamOff: model.streamOff()
        case .startBegins: if model.start != nil { model.startBegins() }
        case .startEnds: model.startEnds()
        case .startFails: model.startFails()
        case .take: return .index(model.take())
        case .complete(let index, let completion, let isLast):
            return .accepted(model.complete(index, completion, isLast: isLast))
        case .fail: model.fail()
        }
        return .nothing
    }

    @Test(arguments: 0...2) func everyInputInEveryState(minimumQueued: Int) {
        let first = (QueueState(minimumQueued: minimumQueued), QueueModel(minimumQueued: minimumQueued))
        var seen: Set<QueueModel> = [first.1]
        var frontier = [first]
        var transitions = 0
        var refusals = 0
        var failures = 0
        var position = 0
        while position < frontier.count, failures < 20 {
            let (state, model) = frontier[position]
            position += 1
            for input in inputs(model) {
                var next = (state, model)
                let outcome = act(input, on: &next.0, trigger: model.start?.trigger)
                let expected = act(input, on: &next.1)
                transitions += 1
                var faults = differences(next.0, next.1) + brokenInvariants(next.0)
                if outcome != expected { faults.append("gave \(outcome), expected \(expected)") }
                if case .refused = expected {
                    refusals += 1
                    if next.0 != state { faults.append("was refused, and changed the state") }
                }
                if !faults.isEmpty {
                    failures += 1
                    Issue.record("\(input) in \(model): \(faults.joined(separator: "; "))")
                } else if seen.insert(next.1).inserted {
                    frontier.append(next)
                }
            }
        }
        print("minimumQueued \(minimumQueued): \(seen.count) states, \(transitions) transitions, \(refusals) refused")
        // The exploration must not shrink unseen.
        #expect(seen.count >= [1, 1, 1][minimumQueued])
        #expect(transitions >= [1, 1, 1][minimumQueued])
    }

    /// Where the state machine and the model disagree, in all that can be seen and all that is hidden.
    private func differences(_ state: QueueState, _ model: QueueModel) -> [String] {
        var found: [String] = []
        func same<Value: Equatable>(_ name: String, _ value: Value, _ expected: Value) {
            if value != expected { found.append("\(name) is \(value), expected \(expected)") }
        }
        let phase: QueueState.Phase =
            !model.streaming ? .stopped : model.error ? .failed : model.startCalled ? .running : .armed
        same("phase", state.phase, phase)
        same("isStreaming", state.isStreaming, model.streaming)
        same("states", state.slots.map(\.state), model.buffers.map(\.state))
        same("prepared", state.slots.map(\.isPrepared), model.buffers.map(\.isPrepared))
        same("last", state.slots.map(\.isLast), model.buffers.map(\.isLast))
        same("queued", Array(state.queued), model.queued)
        same("done", Array(state.done), model.completed)
        // Where a buffer of the device's would go back to.
        let submitted = state.slots.indices
            .filter { [.queued, .active].contains(state.slots[$0].state) }
            .sorted { state.slots[$0].ticket < state.slots[$1].ticket }
        same("order of QBUF", submitted, model.submitted)
        same("lastWasDequeued", state.lastWasDequeued, model.lastBufferDequeued)
        same("everQueued", state.everQueued, !model.waitingForBuffers)
        same("queuedCount", state.queuedCount, model.queued.count)
        same("doneCount", state.doneCount, model.completed.count)
        same("bufferCount", state.bufferCount, model.buffers.count)
        for index in -1...model.buffers.count {
            let errno = refusal { () throws(Errno) in try state.checkSubmission(index) }
            same("checkSubmission(\(index))", errno, model.refusal(QueueModel.enqueueRules, index))
            let missing = refusal { () throws(Errno) in try state.checkIndex(index) }
            same("checkIndex(\(index))", missing, model.buffers.indices.contains(index) ? nil : .invalidArgument)
        }
        let errno = refusal { () throws(Errno) in _ = try state.checkDequeue() }
        same("checkDequeue", errno, model.refusal(QueueModel.dequeueRules))
        if errno == nil { same("checkDequeue", try? state.checkDequeue(), model.completed.first) }
        return found
    }

    private func refusal(_ body: () throws(Errno) -> Void) -> Errno? {
        do throws(Errno) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    /// What must hold whatever happens, without a word about what should have happened.
    private func brokenInvariants(_ state: QueueState) -> [String] {
        var broken: [String] = []
        func holds(_ name: String, _ condition: Bool) {
            if !condition { broken.append(name) }
        }
        for (index, slot) in state.slots.enumerated() {
            let inQueue = state.queued.filter { $0 == index }.count
            let inDone = state.done.filter { $0 == index }.count
            holds("\(index) is in one place", inQueue == (slot.state == .queued ? 1 : 0))
            holds("\(index) is done once", inDone == ([.done, .failed].contains(slot.state) ? 1 : 0))
            holds("\(index) is prepared when not the program's", slot.state == .dequeued || slot.isPrepared)
            holds("\(index) is last only when done", !slot.isLast || inDone == 1)
            holds("\(index) is the device's only while it runs", slot.state != .active || state.isStarted)
        }
        holds("the lists have no strangers", (state.queued + state.done).allSatisfy(state.slots.indices.contains))
        holds("stopped means not at its end", state.isStreaming || !state.lastWasDequeued)
        return broken
    }
}

extension QueueState {
    fileprivate var isStarted: Bool { phase == .running || phase == .failed }
}
