public import LinuxSystem
import Synchronization

/// A heap whose idle buffers give their memory back: more buffers can exist than there is memory for.
///
/// Buffers are memory files. The heap keeps what is in memory at or below its budget: when a buffer is about to be used
/// and isn't there, the least recently used ones that nobody uses at that moment leave, by the first of
/// ``EvictionMeans`` that frees pages; mincore(2) says how many, whatever the calls returned. They come back, with
/// their content if it is owed to anybody, when they are used next.
///
/// What is in use, pinned, or owed to a program and can't be saved stays: then the heap is over its budget, says what
/// holds the memory, and refuses to allocate more.
public final class EvictableHeap: BufferHeap, Exporter {
    public struct Configuration: Sendable {
        /// Bytes that may be in memory.
        public var budget: Int
        /// Where content waits on disk, not on tmpfs; nil: nowhere.
        public var evictsTo: String?
        /// Bytes that may wait there; nil for as many as the disk has.
        public var storeLimit: Int?
        /// Whether buffers may go to the system's swap, if it has any.
        public var usesSwap: Bool
        /// Bytes that importers may pin; nil for as much as the budget.
        public var pinLimit: Int?

        public init(
            budget: Int, evictsTo: String? = "/var/tmp", storeLimit: Int? = nil, usesSwap: Bool = true,
            pinLimit: Int? = nil
        ) {
            self.budget = budget
            self.evictsTo = evictsTo
            self.storeLimit = storeLimit
            self.usesSwap = usesSwap
            self.pinLimit = pinLimit
        }
    }

    public let name = "evictable"
    public let configuration: Configuration
    public let pinAccount: PinAccount?
    let state: Locked<HeapLedger>
    let pressureCount = Atomic<UInt32>(1)
    /// There from the first guarded mapping on.
    let pageMaker = Locked<PageMaker?>(nil)
    private let nextTending = Atomic<Int64>(0)

    /// - Throws: what is wrong with the folder to evict to: ENOENT, EACCES, EINVAL (it is in memory).
    public init(_ configuration: Configuration) throws(BufferSharingError) {
        guard configuration.budget > 0 else {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: "budget of an evictable heap")
        }
        self.configuration = configuration
        pinAccount = PinAccount(limit: configuration.pinLimit ?? configuration.budget)
        var state = HeapLedger()
        state.report.budget = configuration.budget
        if let directory = configuration.evictsTo {
            state.store = try EvictionStore(directory: directory, limit: configuration.storeLimit ?? .max)
        }
        self.state = Locked(state)
    }

    public var canMove: Bool { true }
    public var pressure: UInt32 { pressureCount.load(ordering: .acquiring) }

    public func programYielded() {
        state.withLock { $0.unblock() }
        _ = makeRoom(for: 0, user: nil)
    }

    /// Finds pages that programs brought back by touching them, and makes room for them; every 20 ms at most.
    public func tend(at now: MonotonicTime) {
        let due = nextTending.load(ordering: .relaxed)
        guard now.nanoseconds >= due else { return }
        let next = (now + Self.tendingInterval).nanoseconds
        // Another device's thread may be at it.
        guard nextTending.compareExchange(expected: due, desired: next, ordering: .relaxed).exchanged else { return }
        _ = makeRoom(for: 0, user: nil)
    }

    private static let tendingInterval = MonotonicDuration.milliseconds(20)

    /// Its memory isn't there before the first use.
    /// - Throws: as the protocol says; `.overBudget` (ENOMEM) when what can't be moved leaves no room for it; the error
    ///   says what that is.
    public func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer {
        let made = try MemoryFileHeap.makeFile(size: size, name: name)
        let room = makeRoom(for: made.size, user: nil)
        if !room { throw overBudget("allocation of \(made.size) bytes for \(name)") }
        let buffer = SharedBuffer(
            exporting: made.file, identity: made.identity, size: made.size, name: name, by: self, place: .absent)
        let entry = HeapEntry(file: made.file, storage: buffer.storage, size: made.size)
        state.withLock { $0.entries[made.identity] = entry }
        return buffer
    }

    // MARK: Exporter

    public func restore(
        _ identity: BufferIdentity, from place: BufferPlace, mayWait: Bool
    ) throws(BufferSharingError) {
        guard let entry = state.withLock({ $0.entries[identity] }) else { return }
        if !mayWait, place == .stored { throw .wouldBlock("return of \(entry.name)") }
        // A buffer in use may exceed the budget: a stream that runs isn't stopped for it.
        let room = makeRoom(for: entry.size, user: identity)
        do throws(Errno) {
            try bringBack(entry, from: place)
        } catch {
            state.withLock { $0.setResident(identity, bytes: entry.residentBytes) }
            throw .system(error, "return of \(entry.name)")
        }
        state.withLock { state in
            state.freePlace(of: identity)
            state.setResident(identity, bytes: entry.size)
            state.report.count(returnFrom: place, isOverBudget: !room)
        }
    }

    private func bringBack(_ entry: HeapEntry, from place: BufferPlace) throws(Errno) {
        switch place {
        case .absent, .resident, .moving: return
        case .pagedOut:
            let view = try entry.view(.readWrite)
            try view.populateForReading()
        case .stored:
            // Nobody is owed it any more, say as its frame was queued again: then the disk isn't read.
            if !entry.storage.owesContent.load(ordering: .acquiring) { return }
            guard let stored = entry.place, let file = state.withLock({ $0.store?.file }) else { throw .ioError }
            if !entry.storage.guards.all.isEmpty {
                return try fillGuarded(entry, from: file.descriptor, at: stored.lowerBound)
            }
            // Through the mapping, never by pwrite(2): on huge pages that makes zeros of the rest.
            try entry.view(.readWrite).read(from: file.descriptor, at: stored.lowerBound)
        }
    }

    /// Whether the heap is short of memory, so that it would move the buffer if it could.
    public func wantsToMove(_ identity: BufferIdentity) -> Bool {
        state.withLock { $0.residentBytes > configuration.budget / 2 }
    }

    public func released(_ identity: BufferIdentity) {
        // Programs keep what they have mapped, with its content.
        state.withLock { $0.entries[identity]?.storage }?.guards.retireAll()
        let entry = state.withLock { state in
            state.freePlace(of: identity)
            state.setResident(identity, bytes: 0)
            return state.entries.removeValue(forKey: identity)
        }
        // The file closes out here.
        withExtendedLifetime(entry) {}
    }

    // MARK: Looking

    /// What is in memory now, by mincore(2), and what was done.
    public var report: EvictionReport {
        let measured = measureResidentBytes()
        return state.withLock { state in
            var report = state.report
            report.residentBytes = measured
            report.bufferCount = state.entries.count
            report.storedBytes = state.store?.usedBytes ?? 0
            return report
        }
    }

    /// Says what holds the memory: how many buffers for which reason, and the largest of each.
    func overBudget(_ what: String) -> BufferSharingError {
        let holders = state.withLock { state in
            state.entries.values.filter { $0.residentBytes > 0 }
                .map { (name: $0.name, bytes: $0.residentBytes, stays: $0.stays ?? .inUse) }
        }
        let groups = Dictionary(grouping: holders, by: \.stays).map { reason, group in
            (reason: reason, bytes: group.reduce(0) { $0 + $1.bytes }, names: group.map(\.name).sorted())
        }
        let list = groups.sorted { $0.bytes > $1.bytes }.map { group in
            let others = group.names.count > 1 ? " and \(group.names.count - 1) more" : ""
            return "\(group.bytes >> 10) KiB by \(group.names[0])\(others) (\(group.reason))"
        }
        return BufferSharingError(
            .overBudget, errno: .noMemory,
            context: "\(what): of the \(configuration.budget >> 10) KiB that buffers may have are held "
                + "\(list.joined(separator: ", ")); raise the budget, add swap, or let programs free buffers")
    }
}
