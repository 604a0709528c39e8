/// Where the content of a buffer is.
public enum BufferPlace: UInt32, Sendable, CaseIterable {
    /// In memory.
    case resident = 0
    /// Nowhere, and nobody is owed it: the next use gives it memory.
    case absent = 1
    /// In the system's swap; an access brings it back, and so does the next use.
    case pagedOut = 2
    /// In the exporter's file on disk; the next use brings it back.
    case stored = 3
    /// On its way from one place to another: uses wait.
    case moving = 4
}

/// How many uses of a buffer's memory are under way, and where its content is: one word, so that one
/// compare-and-swap decides between a user and a mover (docs/adr/0006).
///
///                   beginUse / endUse
///                       ┌──┐
///                    ┌──▼──┴───┐   move, no uses    ┌────────┐
///                    │ resident ├──────────────────▶│ moving │
///                    └──▲──────┘                    └─┬────▲─┘
///             the mover │           ┌─────────────────┘    │ beginUse: the user itself
///             is done   │           ▼                      │ brings it back
///                       └── moving ◀── absent, pagedOut, stored
///
/// Pure: it says what the next word is; who exchanges the words, and waits, is ``BufferStorage``.
struct ResidencyState: Equatable {
    var rawValue: UInt32

    private static let placeShift: UInt32 = 24
    private static let usesMask: UInt32 = 0x00FF_FFFF

    init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    init(_ place: BufferPlace, uses: Int = 0) {
        rawValue = place.rawValue << Self.placeShift | UInt32(uses) & Self.usesMask
    }

    var uses: Int { Int(rawValue & Self.usesMask) }

    /// A word that nobody here writes counts as one that is moving: nobody touches the memory.
    var place: BufferPlace { BufferPlace(rawValue: rawValue >> Self.placeShift) ?? .moving }

    /// What someone finds who wants to use the memory.
    enum Beginning: Equatable {
        /// Go on, once this is the word.
        case granted(ResidencyState)
        /// Once this is the word, bring the content back from there; then finish the move.
        case away(BufferPlace, ResidencyState)
        /// Somebody moves it: wait for another word.
        case moving
        /// There are as many uses as can be counted.
        case tooMany
    }

    func beginningUse() -> Beginning {
        switch place {
        case .resident:
            uses == Int(Self.usesMask) ? .tooMany : .granted(ResidencyState(rawValue: rawValue + 1))
        case .absent, .pagedOut, .stored: .away(place, ResidencyState(.moving))
        case .moving: .moving
        }
    }

    /// The word of someone who moves the memory; nil while it is used, or where none of it can be in memory. A program
    /// can touch what is absent or in swap, and so bring pages back without a use.
    func beginningMove() -> ResidencyState? {
        switch place {
        case .resident, .absent, .pagedOut: uses == 0 ? ResidencyState(.moving) : nil
        case .stored, .moving: nil
        }
    }
}
