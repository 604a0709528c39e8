import LinuxSystem
import Testing

@testable import BufferQueue

/// Every state that can be reached with up to three buffers, and every input in each of them.
@Suite(.eachCallFailing) struct QueueStateExhaustiveTests {
    static let buffersAtMost = 3

    enum Input: Hashable {
        case addBuffers(Int), removeBuffers(Int, Int), removeAllBuffers
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
        for count in 1...Self.buffersAtMost { inputs.append(.addBuffers(count)) }
        for first in indices {
            for count in 0...(model.buffers.count + 1) { inputs.append(.removeBuffers(first, count)) }
        }
        return inputs
    }

    /// What the state machine does.
    func act(_ input: Input, on state: inout QueueState, trigger: Int?) -> Outcome {
        do throws(Errno) {
            switch input {
            case .addBuffers(let count):
                guard let range = state.freeRange(for: count, maximum: Self.buffersAtMost) else { return .index(nil) }
                state.addBuffers(range)
                return .index(range.lowerBound)
            case .removeBuffers(let first, let count): try state.removeBuffers(first, count: count)
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
            guard let range = model.place(for: count, maximum: Self.buffersAtMost) else { return .index(nil) }
            model.add(range)
            return .index(range.lowerBound)
        case .removeBuffers(let first, let count):
            if count == 0, first >= 0 { return .nothing }
            if let errno = model.removalRefusal(first, count) { return .refused(errno) }
            model.remove(first..<(first + count))
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
        var position = 0
        var transitions = 0
        var refusals = 0
        var failures = 0
        while position < frontier.count, failures < 20 {
            let (state, model) = frontier[position]
            position += 1
            var faults = wrongAnswers(state, model) + brokenInvariants(state)
            for input in inputs(model) {
                var next = (state, model)
                let outcome = act(input, on: &next.0, trigger: model.start?.trigger)
                let expected = act(input, on: &next.1)
                transitions += 1
                if case .refused = expected { refusals += 1 }
                let news = next.1 == model ? nil : next.1
                if outcome != expected { faults.append("\(input) gave \(outcome), expected \(expected)") }
                if news == nil, next.0 != state { faults.append("\(input) must change nothing") }
                if let news, seen.insert(news).inserted { frontier.append(next) }
                if let news, let difference = difference(next.0, news) {
                    faults.append("after \(input) another \(difference) than in \(news): \(next.0)")
                }
            }
            if !faults.isEmpty {
                failures += 1
                Issue.record("in \(model): \(faults.joined(separator: "; "))")
            }
        }
        print("minimumQueued \(minimumQueued): \(seen.count) states, \(transitions) transitions, \(refusals) refused")
        // The exploration must not shrink unseen.
        #expect(seen.count >= [13_777, 19_005, 21_558][minimumQueued])
        #expect(transitions >= [767_944, 1_013_117, 1_113_215][minimumQueued])
    }

    /// The part in which the state machine and the model disagree, hidden parts included.
    private func difference(_ state: QueueState, _ model: QueueModel) -> String? {
        let phase: QueueState.Phase =
            !model.streaming ? .stopped : model.error ? .failed : model.startCalled ? .running : .armed
        if state.phase != phase { return "phase" }
        if state.lastWasDequeued != model.lastBufferDequeued { return "lastWasDequeued" }
        if state.everQueued == model.waitingForBuffers { return "everQueued" }
        if state.slots.count != model.buffers.count { return "count" }
        for (slot, buffer) in zip(state.slots, model.buffers) {
            if slot.state != buffer.state { return "state" }
            if slot.isPrepared != buffer.isPrepared { return "isPrepared" }
            if slot.isLast != buffer.isLast { return "isLast" }
            if slot.isVacant == buffer.isThere { return "isVacant" }
        }
        if !state.done.elementsEqual(model.completed) { return "order of completion" }
        if !state.queued.elementsEqual(model.queued) { return "order of the queue" }
        // Where a buffer of the device's would go back to.
        let tickets = model.submitted.map { state.slots[$0].ticket }
        if zip(tickets, tickets.dropFirst()).contains(where: { $0 >= $1 }) { return "order of QBUF" }
        return nil
    }

    /// The questions that change nothing.
    private func wrongAnswers(_ state: QueueState, _ model: QueueModel) -> [String] {
        var wrong: [String] = []
        func same<Value: Equatable>(_ name: String, _ value: Value, _ expected: Value) {
            if value != expected { wrong.append("\(name) is \(value), expected \(expected)") }
        }
        same("isStreaming", state.isStreaming, model.streaming)
        same("queuedCount", state.queuedCount, model.queued.count)
        same("doneCount", state.doneCount, model.completed.count)
        same("bufferCount", state.bufferCount, model.present.count)
        for index in -1...model.buffers.count {
            let errno = refusal { () throws(Errno) in try state.checkSubmission(index) }
            same("checkSubmission", errno, model.refusal(QueueModel.enqueueRules, index))
            let missing = refusal { () throws(Errno) in try state.checkIndex(index) }
            same("checkIndex", missing, model.present.contains(index) ? nil : .invalidArgument)
        }
        let errno = refusal { () throws(Errno) in _ = try state.checkDequeue() }
        same("checkDequeue", errno, model.refusal(QueueModel.dequeueRules))
        if errno == nil { same("checkDequeue", try? state.checkDequeue(), model.completed.first) }
        return wrong
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
        let runs = state.phase == .running || state.phase == .failed
        for (index, slot) in state.slots.enumerated() {
            let inQueue = state.queued.count { $0 == index }
            let inDone = state.done.count { $0 == index }
            holds("a hole holds nothing", !slot.isVacant || slot == QueueState.Slot(isVacant: true))
            holds("queued is being in the queue", inQueue == (slot.state == .queued ? 1 : 0))
            holds("done is being in the done list", inDone == (slot.state == .done || slot.state == .failed ? 1 : 0))
            holds("what is not the program's is prepared", slot.state == .dequeued || slot.isPrepared)
            holds("last is only what is done", !slot.isLast || inDone == 1)
            holds("the device has buffers only while it runs", slot.state != .active || runs)
        }
        holds("the queue has no strangers", state.queued.allSatisfy(state.slots.indices.contains))
        holds("the done list has no strangers", state.done.allSatisfy(state.slots.indices.contains))
        holds("a stopped queue is not at its end", state.isStreaming || !state.lastWasDequeued)
        return broken
    }
}
