/// Who has a buffer's memory outside of this process, and whether all of them wait for it (docs/adr/0010). A value.
///
///     descriptor handed out ──▶ unguarded ──add──▶ guarded ──loosen──▶ loose
///                                   ▲                 │                  │
///                                   │                 └──remove──▶ gone  │
///                                   └──────────────remove────────────────┘
struct GuardBook<Guard: AnyObject> {
    /// Descriptors that went out, and that no guard accounts for.
    private(set) var unguardedCount = 0
    /// Those whose accesses wait; loose ones among them.
    private(set) var guards: [Guard] = []
    private var loose: Set<ObjectIdentifier> = []

    /// A descriptor leaves.
    mutating func handOut() {
        unguardedCount += 1
    }

    /// All who have one descriptor's memory will wait for it.
    /// - Returns: false if there is no such descriptor.
    mutating func add(_ guardian: Guard) -> Bool {
        guard unguardedCount > 0, !has(guardian) else { return false }
        guards.append(guardian)
        unguardedCount -= 1
        return true
    }

    /// It is going to end, and its process may have the memory after that.
    /// - Returns: false if it isn't there, or is loose already.
    mutating func loosen(_ guardian: Guard) -> Bool {
        has(guardian) && loose.insert(ObjectIdentifier(guardian)).inserted
    }

    /// It waits no more. Of one that isn't loose the process has the memory no more.
    mutating func remove(_ guardian: Guard) {
        guards.removeAll { $0 === guardian }
        if loose.remove(ObjectIdentifier(guardian)) != nil { unguardedCount += 1 }
    }

    func has(_ guardian: Guard) -> Bool {
        guards.contains { $0 === guardian }
    }

    /// Whether nobody else can look at the memory, or write to it, without being held up.
    var isComplete: Bool { unguardedCount == 0 && loose.isEmpty }
}
