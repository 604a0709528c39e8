import Testing

@testable import BufferSharing

@Suite struct EvictionPlanTests {
    /// All that can be known of a buffer: what owes content is never discarded, a copy on disk is only made of what
    /// nobody else can see, and there is a reason wherever there is no means.
    @Test func allFacts() {
        for bits in 0..<64 {
            let facts = EvictionFacts(
                owesContent: bits & 1 != 0, isHandedOut: bits & 2 != 0, isGuarded: bits & 4 != 0,
                isFenced: bits & 8 != 0, hasSwap: bits & 16 != 0, hasStore: bits & 32 != 0)
            switch EvictionPlan(facts) {
            case .stay(let reason):
                #expect(
                    facts.isFenced
                        || facts.owesContent && !facts.hasSwap
                            && (!facts.hasStore || facts.isHandedOut && !facts.isGuarded),
                    "\(facts)")
                #expect(!reason.description.isEmpty)
            case .tryInOrder(let means):
                #expect(!facts.isFenced && !means.isEmpty, "\(facts)")
                #expect(means.contains(.discard) == !facts.owesContent, "\(facts)")
                #expect(!means.contains(.store) || !facts.isHandedOut && facts.hasStore, "\(facts)")
                #expect(!means.contains(.guardedStore) || facts.isGuarded && facts.hasStore, "\(facts)")
                #expect(!means.contains(.pageOut) || facts.hasSwap, "\(facts)")
                let order = EvictionMeans.allCases
                let places = means.compactMap { order.firstIndex(of: $0) }
                #expect(places == places.sorted(), "\(facts)")
            }
        }
    }

    @Test func reasonsNameWhatStandsInTheWay() {
        #expect(EvictionPlan(EvictionFacts(owesContent: true, isHandedOut: true, hasStore: true)) == .stay(.handedOut))
        #expect(EvictionPlan(EvictionFacts(owesContent: true)) == .stay(.noStore))
        #expect(EvictionPlan(EvictionFacts(isFenced: true)) == .stay(.fenced))
    }
}
