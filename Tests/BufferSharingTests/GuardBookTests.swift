import Testing

@testable import BufferSharing

/// Who accounts for what, by itself: no memory, no process.
struct GuardBookTests {
    private final class Mapper {}

    private enum Step: CaseIterable {
        case handOut, addFirst, addSecond, loosenFirst, loosenSecond, removeFirst, removeSecond
    }

    /// Each descriptor that left, as one of those who may have it.
    private struct Model {
        enum Holder: Equatable { case anybody, guarded(Int), loose(Int) }
        var holders: [Holder] = []

        mutating func add(_ number: Int) -> Bool {
            guard !has(number), let place = holders.firstIndex(of: .anybody) else { return false }
            holders[place] = .guarded(number)
            return true
        }

        mutating func loosen(_ number: Int) -> Bool {
            guard let place = holders.firstIndex(of: .guarded(number)) else { return false }
            holders[place] = .loose(number)
            return true
        }

        mutating func remove(_ number: Int) {
            holders.removeAll { $0 == .guarded(number) }
            if let place = holders.firstIndex(of: .loose(number)) { holders[place] = .anybody }
        }

        func has(_ number: Int) -> Bool { holders.contains(.guarded(number)) || holders.contains(.loose(number)) }
        var isComplete: Bool { !holders.contains { $0 == .anybody || $0 == .loose(0) || $0 == .loose(1) } }
    }

    /// All sequences of six steps: it is complete exactly when nobody is left who might look without waiting.
    @Test func allSequences() {
        let mappers = [Mapper(), Mapper()]
        let steps = Step.allCases
        var checked = 0
        for number in 0..<117_649 {
            var book = GuardBook<Mapper>()
            var model = Model()
            var rest = number
            for _ in 0..<6 {
                let step = steps[rest % 7]
                rest /= 7
                var agrees = true
                switch step {
                case .handOut:
                    book.handOut()
                    model.holders.append(.anybody)
                case .addFirst: agrees = book.add(mappers[0]) == model.add(0)
                case .addSecond: agrees = book.add(mappers[1]) == model.add(1)
                case .loosenFirst: agrees = book.loosen(mappers[0]) == model.loosen(0)
                case .loosenSecond: agrees = book.loosen(mappers[1]) == model.loosen(1)
                case .removeFirst:
                    book.remove(mappers[0])
                    model.remove(0)
                case .removeSecond:
                    book.remove(mappers[1])
                    model.remove(1)
                }
                agrees = agrees && book.isComplete == model.isComplete
                agrees = agrees && book.has(mappers[0]) == model.has(0) && book.has(mappers[1]) == model.has(1)
                if !agrees { Issue.record("sequence \(number), at \(step)") }
                checked += 1
            }
        }
        #expect(checked == 6 * 117_649)
    }
}
