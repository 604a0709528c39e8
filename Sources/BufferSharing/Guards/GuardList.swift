import LinuxSystem

/// The guarded mappings of one buffer, in other processes.
final class GuardList: Sendable {
    private let book = Locked(GuardBook<GuardedMapping>())

    /// A descriptor leaves, and as far as we know anybody can map it.
    func handOut() {
        book.withLock { $0.handOut() }
    }

    /// - Returns: false if there is no descriptor that it could account for.
    func add(_ mapping: GuardedMapping) -> Bool {
        book.withLock { $0.add(mapping) }
    }

    func loosen(_ mapping: GuardedMapping) -> Bool {
        book.withLock { $0.loosen(mapping) }
    }

    /// Its process has the memory no more, or isn't held up any more.
    func remove(_ mapping: GuardedMapping) {
        book.withLock { $0.remove(mapping) }
        FaultService.shared.remove(mapping)
    }

    func has(_ mapping: GuardedMapping) -> Bool { book.withLock { $0.has(mapping) } }

    var all: [GuardedMapping] { book.withLock { $0.guards } }

    /// Whether all descriptors that left are accounted for.
    var isComplete: Bool { book.withLock { $0.isComplete } }

    // MARK: While the memory is on its way

    /// Holds off all writes, for the time of a move away. Mappings that aren't there any more are forgotten.
    /// - Throws: ENOMEM; EAGAIN: a mapping can't be held, and then none is.
    func protect() throws(Errno) {
        let guards = all
        for (index, mapping) in guards.enumerated() {
            do throws(Errno) {
                try mapping.protect()
            } catch {
                if error.meansGone {
                    remove(mapping)
                    continue
                }
                for earlier in guards[..<index] { earlier.unprotect() }
                throw error
            }
        }
    }

    /// As ``protect()``, but one that can't be held, by its own doing, doesn't keep the content from the others.
    func protectWherePossible() {
        for mapping in all { try? mapping.protect() }
    }

    /// Lets writes go on, and wakes whoever waits.
    func unprotect() {
        for mapping in all { mapping.unprotect() }
    }

    /// Nobody in this process holds the buffer any more.
    func retireAll() {
        for mapping in all { mapping.retire() }
    }
}

extension Errno {
    /// Of a range in another process: nothing of it is left there, or the process isn't.
    var meansGone: Bool { self == .noSuchProcess || self == .noSuchFileOrDirectory }
}
