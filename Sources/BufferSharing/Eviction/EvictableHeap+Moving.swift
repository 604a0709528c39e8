import LinuxSystem
import Synchronization

/// Moving buffers out. The lock is held for bookkeeping alone: the word of each buffer keeps others off while its pages
/// are on their way.
extension EvictableHeap {
    /// How long others' page-table entries are left alone.
    private static let patience = MonotonicDuration.milliseconds(100)

    /// Moves buffers out until `bytes` more would be within the budget, or nothing more can go.
    /// - Parameter user: the buffer that is about to have them. They count as its own from the moment that there is room,
    ///   or another thread would find the same room.
    /// - Returns: whether there is room.
    func makeRoom(for bytes: Int, user: BufferIdentity?) -> Bool {
        var looked: Set<BufferIdentity> = user.map { [$0] } ?? []
        let now = MonotonicTime.now()
        // Others come and go while this looks, but not for ever.
        var roundsLeft = 8
        // A page-out that frees nothing costs as much as one that does: after some the rest isn't tried this time.
        var pageOutsLeft = 3
        recountSuspects()
        while true {
            let hasRoom = state.withLock { state in
                guard state.residentBytes + bytes <= configuration.budget else { return false }
                if let user { state.setResident(user, bytes: bytes) }
                return true
            }
            if hasRoom { return true }
            if let entry = state.withLock({ $0.oldest(sparing: looked, at: now) }) {
                looked.insert(entry.identity)
                if evict(entry, mayPageOut: pageOutsLeft > 0) == .pagesInUse { pageOutsLeft -= 1 }
                continue
            }
            let idle = state.withLock { $0.idle(among: looked) }
            if idle.isEmpty || roundsLeft == 0 { return false }
            looked.subtract(idle)
            roundsLeft -= 1
        }
    }

    /// - Returns: why the buffer stays; nil if it left.
    private func evict(_ entry: HeapEntry, mayPageOut: Bool) -> StayReason? {
        let storage = entry.storage
        guard let from = storage.beginMove() else { return note(entry, .inUse) }
        let facts = EvictionFacts(
            owesContent: storage.owesContent.load(ordering: .acquiring),
            isHandedOut: storage.isHandedOut.load(ordering: .sequentiallyConsistent),
            isGuarded: storage.guards.isComplete,
            isFenced: !storage.reservation.test(for: .write),
            hasSwap: configuration.usesSwap && Memory.freeSwap >= entry.size,
            hasStore: state.withLock { $0.store != nil })
        switch EvictionPlan(facts) {
        case .stay(let reason):
            storage.finishMove(at: from)
            return note(entry, reason)
        case .tryInOrder(let means):
            if !mayPageOut, means == [.pageOut] {
                storage.finishMove(at: from)
                return .inUse
            }
            storage.callBack()
            var reason = StayReason.pagesInUse
            for means in means {
                do throws(EvictionFault) {
                    finish(entry, means, try carryOut(means, entry))
                    return nil
                } catch {
                    reason = error.reason
                }
            }
            if reason == .pagesInUse {
                pressureCount.add(1, ordering: .releasing)
                state.withLock { $0.block(entry.identity, until: .now() + Self.patience) }
            }
            storage.finishMove(at: from)
            return note(entry, reason)
        }
    }

    private func finish(_ entry: HeapEntry, _ means: EvictionMeans, _ outcome: Outcome) {
        let identity = entry.identity
        entry.storage.countMove()
        state.withLock { state in
            state.setResident(identity, bytes: outcome.residentBytes)
            state.report.count(means, bytes: max(entry.residentBytes - outcome.residentBytes, 0))
            state.entries[identity]?.stays = nil
            state.entries[identity]?.place = outcome.stored
            // Let go of meanwhile: nobody will ask for its content.
            if let stored = outcome.stored, state.entries[identity] == nil { state.store?.release(stored) }
        }
        entry.storage.finishMove(at: outcome.place)
    }

    private func note(_ entry: HeapEntry, _ reason: StayReason) -> StayReason {
        state.withLock { $0.entries[entry.identity]?.stays = reason }
        return reason
    }

    // MARK: The means

    struct Outcome {
        var place: BufferPlace
        /// Bytes that are still in memory.
        var residentBytes: Int
        var stored: Range<Int>?
    }

    struct EvictionFault: Error {
        var reason: StayReason

        init(_ reason: StayReason) { self.reason = reason }
        init(_ errno: Errno) { reason = .storeFailed("\(errno)") }
    }

    private func carryOut(_ means: EvictionMeans, _ entry: HeapEntry) throws(EvictionFault) -> Outcome {
        switch means {
        case .discard: try discard(entry)
        case .pageOut: try pageOut(entry)
        case .store: try store(entry)
        case .guardedStore: try storeGuarded(entry)
        }
    }

    private func discard(_ entry: HeapEntry) throws(EvictionFault) -> Outcome {
        do {
            try entry.file.descriptor.punchHole(0..<entry.size)
        } catch {
            throw EvictionFault(error)
        }
        return Outcome(place: .absent, residentBytes: 0)
    }

    /// The kernel writes out what this process alone has entries of: so our importers have given theirs up, and this
    /// view takes them for the time of the call.
    private func pageOut(_ entry: HeapEntry) throws(EvictionFault) -> Outcome {
        do throws(Errno) {
            let view = try entry.view(.readWrite)
            let before = try view.residentBytes()
            try view.populateForReading()
            view.pageOut()
            let left = try view.residentBytes()
            // What this view brought back itself is no success.
            guard left < before else { throw .resourceBusy }
            return Outcome(place: .pagedOut, residentBytes: left)
        } catch {
            throw EvictionFault(.pagesInUse)
        }
    }

    func store(_ entry: HeapEntry) throws(EvictionFault) -> Outcome {
        let size = entry.size
        do throws(Errno) {
            let reserved = try state.withLock { state throws(Errno) in
                let place = try state.store?.reserve(size)
                return (place, state.store?.file)
            }
            guard case (let place?, let file?) = reserved else { throw .noSuchFileOrDirectory }
            do throws(Errno) {
                try entry.view(.read).write(to: file.descriptor, at: place.lowerBound)
                try entry.file.descriptor.punchHole(0..<size)
            } catch {
                state.withLock { $0.store?.release(place) }
                throw error
            }
            // The copy is not to stay in memory in the place of what it is a copy of. If that fails, it just stays.
            try? file.descriptor.dropCache(place)
            return Outcome(place: .stored, residentBytes: 0, stored: place)
        } catch {
            throw EvictionFault(error)
        }
    }

    // MARK: Counting

    /// Pages that programs brought back by touching them.
    private func recountSuspects() {
        let suspects = state.withLock { $0.suspects() }
        for entry in suspects {
            // Of memory that is absent all that the file has is in memory; of the rest mincore tells.
            let isAbsent = entry.storage.state.place == .absent
            let bytes = isAbsent ? try? entry.file.descriptor.allocatedBytes() : try? entry.view(.read).residentBytes()
            guard let bytes else { continue }
            state.withLock { $0.setResident(entry.identity, bytes: min(bytes, entry.size)) }
        }
    }

    /// Bytes of all buffers that are in memory, by mincore(2). The books have more: what is about to be used counts there
    /// before it is touched.
    func measureResidentBytes() -> Int {
        let entries = state.withLock { Array($0.entries.values) }
        return entries.reduce(0) { sum, entry in sum + ((try? entry.view(.read).residentBytes()) ?? 0) }
    }
}
