/// How an idle buffer can give its pages back to the system, in order of preference (DESIGN.md, section 5).
public enum EvictionMeans: Hashable, Sendable, CaseIterable {
    /// Nobody is owed the content: a hole is punched, and nothing is saved.
    case discard
    /// Every mapper gives up its page-table entries, and the kernel writes the pages to swap. Lossless whoever has the
    /// memory, and without effect while anyone still has entries.
    case pageOut
    /// No descriptor has left: the content is copied to a file on disk, and a hole punched.
    case store
    /// As `store`, for memory that is mapped only where faults are caught (userfaultfd): written to by nobody meanwhile,
    /// and brought back when somebody touches it.
    case guardedStore
}

/// Why a buffer stays in memory, for people.
public enum StayReason: Hashable, Sendable, CustomStringConvertible {
    /// Mapped for a use, or pinned.
    case inUse
    /// Access to it is pending: a fence isn't signalled.
    case fenced
    /// Others may have it mapped, its content is owed, and there is no swap to page it out to.
    case handedOut
    /// Its content is owed, and there is no file to copy it to.
    case noStore
    /// What was tried didn't free anything: somebody has the pages in use.
    case pagesInUse
    /// The file to copy it to could not be written.
    case storeFailed(String)

    public var description: String {
        switch self {
        case .inUse: "it is in use"
        case .fenced: "access to it is pending"
        case .handedOut: "a program holds its content, and there is no swap"
        case .noStore: "its content can't be saved: no folder to evict to"
        case .pagesInUse: "its pages are in use by another process"
        case .storeFailed(let reason): "its content could not be saved: \(reason)"
        }
    }
}

/// What is known of an idle buffer when somebody else needs its memory.
struct EvictionFacts: Hashable {
    var owesContent = false
    /// A descriptor has left the process.
    var isHandedOut = false
    /// All who have it mapped elsewhere have their faults caught.
    var isGuarded = false
    var isFenced = false
    var hasSwap = false
    var hasStore = false
}

/// Which means may be tried, in this order; or the reason why the buffer stays. A pure function.
enum EvictionPlan: Equatable {
    case tryInOrder([EvictionMeans])
    case stay(StayReason)

    init(_ facts: EvictionFacts) {
        if facts.isFenced {
            self = .stay(.fenced)
            return
        }
        if !facts.owesContent {
            self = .tryInOrder([.discard])
            return
        }
        var means: [EvictionMeans] = []
        if facts.hasSwap { means.append(.pageOut) }
        // A copy is the truth only while nobody can write to, or look at, the memory behind it.
        if facts.hasStore, !facts.isHandedOut { means.append(.store) }
        if facts.hasStore, facts.isHandedOut, facts.isGuarded { means.append(.guardedStore) }
        if means.isEmpty {
            self = .stay(facts.isHandedOut ? .handedOut : .noStore)
        } else {
            self = .tryInOrder(means)
        }
    }
}
