@testable import BufferSharing

/// Contexts and locks as the shells drive the two state machines, one atomic step at a time: what happens between a
/// lock's mutex being taken and given back is one step, and so is each look at a ticket's word.
struct ReservationModel: Hashable {
    /// Lower is older.
    typealias Context = Int

    enum Place: Hashable {
        /// Looks whether it is wounded, for the next lock or for the end.
        case deciding
        case acquiring(isWounded: Bool)
        case asleep
        /// It has news other than the lock.
        case withdrawing(isLate: Bool)
        /// One lock after the other, and then what comes after.
        case releasing([Int], after: After)
        case done
    }

    enum After: Hashable {
        case retry
        case end
    }

    struct Actor: Hashable {
        var place = Place.deciding
        var sequence = AcquireSequence()
        /// The two bits of its ticket.
        var isGranted = false
        var isWounded = false
        /// Whether its deadline may come whenever it sleeps.
        var isImpatient = false
        /// What it wants once it has the rest, as an exporter that finds out what else has to move.
        var later: [Int] = []
        var finished = false
    }

    var locks: [WoundWait<Context>]
    var actors: [Actor]

    init(wanted: [[Int]], later: [[Int]] = [[], [], []], locks: Int, impatient: Set<Context> = []) {
        self.locks = Array(repeating: WoundWait(), count: locks)
        actors = wanted.indices.map { index in
            var actor = Actor()
            actor.sequence.want(wanted[index])
            actor.later = later[index]
            actor.isImpatient = impatient.contains(index)
            return actor
        }
    }

    /// What one context can do now, each alone.
    func steps(of index: Context) -> [ReservationModel] {
        var next = self
        let actor = actors[index]
        switch actor.place {
        case .done: return []
        case .deciding: next.decide(index)
        case .acquiring(let isWounded): next.acquire(index, isWounded: isWounded)
        case .asleep: return wakes(of: index)
        case .withdrawing(let isLate): next.withdraw(index, isLate: isLate)
        case .releasing(let held, let after): next.release(index, held, after)
        }
        return [next]
    }

    private func wakes(of index: Context) -> [ReservationModel] {
        var results: [ReservationModel] = []
        if actors[index].isGranted {
            var next = self
            next.take(index)
            results.append(next)
        } else if actors[index].isWounded {
            var next = self
            next.actors[index].place = .withdrawing(isLate: false)
            results.append(next)
        }
        if actors[index].isImpatient {
            var next = self
            next.actors[index].place = .withdrawing(isLate: true)
            results.append(next)
        }
        return results
    }

    private mutating func decide(_ index: Context) {
        if actors[index].sequence.next != nil {
            actors[index].place = .acquiring(isWounded: actors[index].isWounded)
        } else if !actors[index].later.isEmpty {
            actors[index].sequence.want(actors[index].later)
            actors[index].later = []
        } else {
            actors[index].finished = true
            actors[index].place = .releasing(actors[index].sequence.giveUp(), after: .end)
        }
    }

    private mutating func acquire(_ index: Context, isWounded: Bool) {
        guard let lock = actors[index].sequence.next else { return }
        switch locks[lock].acquire(index, isWounded: isWounded) {
        case .granted, .alreadyHeld:
            take(index)
        case .backOff:
            actors[index].place = .releasing(actors[index].sequence.backOff(), after: .retry)
        case .wait(let wounded):
            if let wounded { actors[wounded].isWounded = true }
            actors[index].place = .asleep
        }
    }

    private mutating func withdraw(_ index: Context, isLate: Bool) {
        guard let lock = actors[index].sequence.next else { return }
        if !locks[lock].withdraw(index) {
            take(index)
        } else if isLate {
            actors[index].place = .releasing(actors[index].sequence.giveUp(), after: .end)
        } else {
            actors[index].place = .releasing(actors[index].sequence.backOff(), after: .retry)
        }
    }

    private mutating func take(_ index: Context) {
        actors[index].isGranted = false
        actors[index].sequence.granted()
        actors[index].place = .deciding
    }

    private mutating func release(_ index: Context, _ held: [Int], _ after: After) {
        guard let lock = held.first else {
            actors[index].isWounded = false
            actors[index].place = after == .retry ? .deciding : .done
            return
        }
        if let next = locks[lock].release() { actors[next].isGranted = true }
        actors[index].place = .releasing(Array(held.dropFirst()), after: after)
    }
}
