import Testing

@testable import BufferSharing

/// Every interleaving of three contexts and three locks, for every order in which they may want them.
@Suite struct ReservationExhaustiveTests {
    /// The first context wants them in the order 0, 1, 2: another order is another naming of the locks.
    @Test func allOrdersOfAllThree() throws {
        var search = Search()
        for second in Self.orders {
            for third in Self.orders {
                try search.run(ReservationModel(wanted: [[0, 1, 2], second, third], locks: 3))
            }
        }
        search.expectRich()
    }

    /// Locks that are asked for once others are held, and twice.
    @Test func locksThatAreWantedLater() throws {
        var search = Search()
        for second in Self.orders {
            for third in [[1, 0, 2], [2, 1, 0]] {
                let orders = [[0, 1, 2], second, third]
                try search.run(
                    ReservationModel(
                        wanted: orders.map { [$0[0]] }, later: orders.map { [$0[1], $0[0], $0[2], $0[1]] }, locks: 3))
            }
        }
        search.expectRich()
    }

    /// Two of them each, or one.
    @Test func pairs() throws {
        let pairs = [[0, 1], [1, 0], [1, 2], [2, 1], [2, 0], [0, 2]]
        var search = Search()
        for first in [[0], [0, 1]] {
            for second in pairs {
                for third in pairs {
                    try search.run(ReservationModel(wanted: [first, second, third], locks: 3))
                }
            }
        }
        #expect(search.states > 10_000)
    }

    /// One or all may give up whenever they sleep.
    @Test(arguments: [[1], [0, 1, 2]]) func deadlines(_ impatient: Set<Int>) throws {
        var search = Search()
        for (second, third) in [([2, 1, 0], [1, 0, 2]), ([1, 2, 0], [2, 0, 1])] {
            try search.run(ReservationModel(wanted: [[0, 1, 2], second, third], locks: 3, impatient: impatient))
        }
        search.expectRich()
    }

    private static let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

    /// A walk through all that can be reached, in which every path has to come to its end.
    private struct Search {
        private(set) var states = 0
        private var backOffs = 0
        private var wounds = 0
        private var paths: [ReservationModel: Bool] = [:]

        struct Wrong: Error, CustomStringConvertible {
            var what: String
            var model: ReservationModel
            var description: String { "\(what): \(model)" }
        }

        mutating func run(_ model: ReservationModel) throws {
            paths = [:]
            try visit(model)
            states += paths.count
        }

        /// That there was something to see.
        func expectRich() {
            #expect(states > 10_000)
            #expect(backOffs > 100)
            #expect(wounds > 100)
        }

        private mutating func visit(_ model: ReservationModel) throws {
            if let isFinished = paths[model] {
                // A way back into itself is a way to go on for ever.
                if !isFinished { throw Wrong(what: "livelock", model: model) }
                return
            }
            paths[model] = false
            try check(model)
            var isStuck = true
            for context in model.actors.indices {
                for next in model.steps(of: context) {
                    isStuck = false
                    if case .releasing(_, .retry) = next.actors[context].place { backOffs += 1 }
                    if next.woundedCount > model.woundedCount { wounds += 1 }
                    try visit(next)
                }
            }
            if isStuck { try checkEnd(model) }
            paths[model] = true
        }

        private func check(_ model: ReservationModel) throws {
            for (number, lock) in model.locks.enumerated() {
                let holder = lock.holder.map { [$0] } ?? []
                if model.holders(of: number) != holder { throw Wrong(what: "holder of \(number)", model: model) }
                if lock.waiters != lock.waiters.sorted() { throw Wrong(what: "order of waiters", model: model) }
                if lock.holder == nil, !lock.waiters.isEmpty { throw Wrong(what: "wait for a free lock", model: model) }
                guard let holder = lock.holder, let oldest = lock.waiters.first, oldest < holder else { continue }
                if !model.actors[holder].isWounded { throw Wrong(what: "a younger holder in peace", model: model) }
            }
            for (context, actor) in model.actors.enumerated() {
                if case .releasing(_, .retry) = actor.place, !actor.isWounded {
                    throw Wrong(what: "\(context) backs off unasked", model: model)
                }
            }
            if model.actors[0].isWounded { throw Wrong(what: "the oldest is wounded", model: model) }
        }

        private func checkEnd(_ model: ReservationModel) throws {
            let isOver = model.actors.allSatisfy {
                $0.place == .done && !$0.isGranted && !$0.isWounded && ($0.finished || $0.isImpatient)
            }
            if !isOver { throw Wrong(what: "deadlock", model: model) }
            let isFree = model.locks.allSatisfy { $0 == WoundWait() }
            if !isFree { throw Wrong(what: "a lock is left", model: model) }
        }
    }
}

extension ReservationModel {
    var woundedCount: Int { actors.count { $0.isWounded } }

    /// The contexts that have the lock, or have been granted it and don't know yet, or haven't released it yet.
    func holders(of lock: Int) -> [Context] {
        actors.indices.filter { index in
            let actor = actors[index]
            if actor.sequence.held.contains(lock) { return true }
            if case .releasing(let rest, _) = actor.place { return rest.contains(lock) }
            return actor.isGranted && actor.sequence.next == lock
        }
    }
}
