/// What one acquirer of several locks does next: the other half of ``WoundWait``. Pure. Locks are numbers.
///
///                  ┌───────────────── granted ◀─────────────────┐
///                  ▼                                            │
///     want ──▶ acquire(n) ──── backOff ────▶ release all, ──▶ acquire(n), with nothing in hand
///                  │                         forget the wound
///                  └── nothing left ──▶ finished
struct AcquireSequence: Hashable {
    /// In the order in which they were taken.
    private(set) var held: [Int] = []
    /// Those that are still to be taken.
    private(set) var wanted: [Int] = []

    /// The next to be taken; nil when all are held.
    var next: Int? { wanted.first }

    /// Asks for more. What is held or wanted already isn't wanted twice.
    mutating func want(_ locks: some Sequence<Int>) {
        for lock in locks where !held.contains(lock) && !wanted.contains(lock) { wanted.append(lock) }
    }

    /// The next one is held now.
    mutating func granted() {
        held.append(wanted.removeFirst())
    }

    /// The next one can't be had before all others are given up.
    /// - Returns: what has to be released. It is all wanted again, after the contended lock.
    mutating func backOff() -> [Int] {
        let released = held
        held = []
        let contended = wanted.prefix(1)
        wanted = contended + released + wanted.dropFirst()
        return released
    }

    /// Wants nothing any more.
    /// - Returns: what has to be released.
    mutating func giveUp() -> [Int] {
        defer { self = AcquireSequence() }
        return held
    }
}
