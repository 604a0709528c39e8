/// One lock of several that are taken together, without deadlock in any order (ww_mutex of the wound/wait kind,
/// Documentation/locking/ww-mutex-design.rst). Pure: it decides, and others sleep.
///
/// Who began first has the right of way. An older acquirer that meets a younger holder *wounds* it, and waits; a
/// younger one that meets an older holder only waits. The wounded one goes on until it would have to wait: then it
/// *backs off*, gives up all that it holds, and begins anew, as old as before. So among those who hold something
/// nobody waits for a younger one for long, and there is no circle.
///
///                acquire: free                  acquire: taken
///     outside ───────────────────▶ holder     ───────────────────▶ waiter
///        ▲                         │    ▲                          │  │
///        └──────── release ────────┘    └─ release of the holder ──┘  │
///        ▲                                 (the oldest waiter)        │
///        └─────── withdraw (wounded, or too late) ────────────────────┘
///
/// The lock goes straight to the oldest waiter: nobody overtakes.
struct WoundWait<Acquirer: Comparable> {
    private(set) var holder: Acquirer?
    /// The oldest first.
    private(set) var waiters: [Acquirer] = []

    enum Decision {
        /// The acquirer is the holder now.
        case granted
        /// It was already (EALREADY).
        case alreadyHeld
        /// It has to sleep until it is granted the lock, or wounded. The holder has to be told if it is wounded.
        case wait(wounding: Acquirer?)
        /// It must give up all it holds first (EDEADLK). It isn't among the waiters.
        case backOff
    }

    /// Asks for the lock.
    /// - Parameter isWounded: whether an older acquirer waits for a lock that this one holds.
    mutating func acquire(_ acquirer: Acquirer, isWounded: Bool) -> Decision {
        guard let holder else {
            self.holder = acquirer
            return .granted
        }
        if holder == acquirer { return .alreadyHeld }
        if isWounded { return .backOff }
        waiters.insert(acquirer, at: waiters.firstIndex { acquirer < $0 } ?? waiters.endIndex)
        return .wait(wounding: acquirer < holder ? holder : nil)
    }

    /// Takes the lock only if it is free, and wounds nobody.
    mutating func acquireIfFree(_ acquirer: Acquirer) -> Bool {
        if holder == nil { holder = acquirer }
        return holder == acquirer
    }

    /// Ends a wait.
    /// - Returns: false when the acquirer has been granted the lock meanwhile, and so is the holder.
    mutating func withdraw(_ acquirer: Acquirer) -> Bool {
        guard let index = waiters.firstIndex(of: acquirer) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// Gives the lock up.
    /// - Returns: who holds it now and has to be woken. All other waiters are younger, so it isn't wounded.
    mutating func release() -> Acquirer? {
        holder = waiters.isEmpty ? nil : waiters.removeFirst()
        return holder
    }
}

extension WoundWait: Equatable {}
extension WoundWait: Hashable where Acquirer: Hashable {}
extension WoundWait: Sendable where Acquirer: Sendable {}
extension WoundWait.Decision: Equatable {}
