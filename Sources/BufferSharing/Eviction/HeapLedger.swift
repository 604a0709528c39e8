import LinuxSystem
import Synchronization

/// One buffer in an evictable heap's books.
struct HeapEntry: Sendable {
    let file: BufferFile
    let storage: BufferStorage
    /// In bytes.
    let size: Int
    /// Bytes that are in memory, as far as was counted.
    var residentBytes = 0
    /// Where its content waits in the store.
    var place: Range<Int>?
    /// Why it stayed when it was last to leave.
    var stays: StayReason?
    /// Until then it isn't tried again, unless a program gives up entries: each try costs a look at all pages.
    var blockedUntil: MonotonicTime?

    init(file: BufferFile, storage: BufferStorage, size: Int) {
        self.file = file
        self.storage = storage
        self.size = size
    }

    var name: String { storage.name }

    var identity: BufferIdentity { storage.identity }
    var lastUse: UInt64 { storage.lastUse.load(ordering: .relaxed) }

    /// A view of the memory for the heap itself.
    func view(_ access: MappingAccess) throws(Errno) -> MemoryMapping {
        try MemoryMapping(descriptor: file.descriptor, length: size, access: access)
    }
}

/// What an evictable heap knows of its buffers, and the file that their content goes to.
struct HeapLedger: ~Copyable {
    var entries: [BufferIdentity: HeapEntry] = [:]
    var store: EvictionStore?
    var report = EvictionReport()
    /// Bytes of all buffers that are in memory, as far as was counted.
    private(set) var residentBytes = 0
    private var hasBlocked = false
    /// Which paged-out buffer is looked at next, for pages that came back by themselves.
    private var recountTurn = 0

    mutating func setResident(_ identity: BufferIdentity, bytes: Int) {
        guard let entry = entries[identity] else { return }
        residentBytes += bytes - entry.residentBytes
        entries[identity]?.residentBytes = bytes
        report.peakResidentBytes = max(report.peakResidentBytes, residentBytes)
    }

    /// The content is back, or owed no more: its place in the file is free.
    mutating func freePlace(of identity: BufferIdentity) {
        guard let place = entries[identity]?.place else { return }
        entries[identity]?.place = nil
        entries[identity]?.stays = nil
        store?.release(place)
    }

    /// The buffer that was used longest ago and has memory; not one that was looked at in this round.
    func oldest(sparing spared: Set<BufferIdentity>, at now: MonotonicTime) -> HeapEntry? {
        entries.lazy.filter { entry in
            entry.value.residentBytes > 0 && !spared.contains(entry.key)
                && entry.value.blockedUntil.map { $0 <= now } ?? true
        }.min { $0.value.lastUse < $1.value.lastUse }?.value
    }

    /// Somebody's page-table entries stand in the way.
    mutating func block(_ identity: BufferIdentity, until time: MonotonicTime) {
        entries[identity]?.blockedUntil = time
        hasBlocked = true
    }

    mutating func unblock() {
        if !hasBlocked { return }
        hasBlocked = false
        for identity in entries.keys { entries[identity]?.blockedUntil = nil }
    }

    /// Those that have memory and were in use when they were looked at, but aren't any more.
    func idle(among looked: Set<BufferIdentity>) -> Set<BufferIdentity> {
        looked.filter { identity in
            guard let entry = entries[identity], entry.residentBytes > 0 else { return false }
            guard entry.stays == nil || entry.stays == .inUse else { return false }
            let now = entry.storage.state
            return now.place == .resident && now.uses == 0
        }
    }

    /// Buffers that programs have, and that count as gone: their programs may have touched them. Of those in swap one at
    /// a time, as each costs a look at all its pages.
    mutating func suspects() -> [HeapEntry] {
        var suspects: [HeapEntry] = []
        var pagedOut: [HeapEntry] = []
        for entry in entries.values where entry.residentBytes < entry.size {
            guard entry.storage.isHandedOut.load(ordering: .relaxed) else { continue }
            switch entry.storage.state.place {
            case .absent: suspects.append(entry)
            case .pagedOut: pagedOut.append(entry)
            case .resident, .stored, .moving: break
            }
        }
        if !pagedOut.isEmpty {
            recountTurn += 1
            suspects.append(pagedOut[recountTurn % pagedOut.count])
        }
        return suspects
    }
}
