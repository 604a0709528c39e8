import Testing

@testable import BufferSharing

@Suite struct ResidencyStateTests {
    private static let places = BufferPlace.allCases

    /// Every place, with no, one and many uses.
    @Test func allTransitions() {
        for place in Self.places {
            for uses in [0, 1, 1000, 0xFF_FFFE] {
                let state = ResidencyState(place, uses: uses)
                #expect(state.place == place && state.uses == uses)
                switch place {
                case .resident:
                    #expect(state.beginningUse() == .granted(ResidencyState(.resident, uses: uses + 1)))
                case .absent, .pagedOut, .stored:
                    #expect(state.beginningUse() == .away(place, ResidencyState(.moving)))
                case .moving:
                    #expect(state.beginningUse() == .moving)
                }
                let canMove = uses == 0 && [.resident, .absent, .pagedOut].contains(place)
                #expect(state.beginningMove() == (canMove ? ResidencyState(.moving) : nil))
            }
        }
    }

    @Test func usesThatCannotBeCountedAreRefused() {
        #expect(ResidencyState(.resident, uses: 0xFF_FFFF).beginningUse() == .tooMany)
    }

    @Test func aWordThatNobodyWritesIsNotTouched() {
        let strange = ResidencyState(rawValue: 0x7F00_0000)
        #expect(strange.place == .moving)
        #expect(strange.beginningUse() == .moving)
        #expect(strange.beginningMove() == nil)
    }
}
