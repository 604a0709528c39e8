import LinuxSystem
import Synchronization

/// What all holders of one memory share in this process, whichever descriptors they came by: where the content is, who
/// uses it, and who is to be asked before it moves. The counterpart of `struct dma_buf` behind its files.
final class BufferStorage: Sendable {
    let identity: BufferIdentity
    /// In bytes.
    let size: Int
    let kind: MemoryKind
    /// nil: the memory is somebody else's, and stays where it is as far as we know.
    let exporter: (any Exporter)?

    private let word: FutexWord
    private let moves = Atomic<UInt64>(0)
    private let label: Locked<String>
    let attachments = AttachmentList()
    /// Where there are mappings of the memory, those included that nobody is attached to any more.
    private let addressSpaces = Locked<[ObjectIdentifier: WeakAddressSpace]>([:])

    private struct WeakAddressSpace {
        weak var space: AddressSpace?
    }
    /// Who uses the buffer beside others, and which work on it isn't done.
    let reservation = Reservation()
    /// Mappings elsewhere that wait for the memory.
    let guards = GuardList()
    let pins = Atomic<Int>(0)

    /// A count of all uses of movable memory that ended before the last one of this did: the higher, the more recent.
    let lastUse = Atomic<UInt64>(0)
    private static let useClock = Atomic<UInt64>(1)
    private let canMove: Bool

    /// Somebody is owed the content: see docs/adr/0006.
    let owesContent = Atomic<Bool>(false)
    /// A descriptor has left this process, or might have: others may have it mapped.
    let isHandedOut: Atomic<Bool>

    init(
        identity: BufferIdentity, size: Int, kind: MemoryKind, name: String, exporter: (any Exporter)?,
        place: BufferPlace, isHandedOut: Bool
    ) {
        self.identity = identity
        self.size = size
        self.kind = kind
        self.exporter = exporter
        canMove = exporter?.canMove ?? false
        word = FutexWord(ResidencyState(place).rawValue)
        label = Locked(name)
        self.isHandedOut = Atomic(isHandedOut)
    }

    /// For whom the CPU's own mappings are kept between accesses.
    var mappingOwner: MappingOwner { MappingOwner(self) }

    var name: String {
        get { label.withLock { $0 } }
        set { label.withLock { $0 = newValue } }
    }

    /// How often the memory has moved.
    var generation: UInt64 {
        @inline(__always) get { moves.load(ordering: .acquiring) }
    }

    var state: ResidencyState { ResidencyState(rawValue: word.value) }

    // MARK: Using

    /// From here to ``endUse()`` the content is in memory and stays there.
    /// - Throws: what the exporter says if it can't bring the content back; EAGAIN if that would take time and
    ///   `mayWait` is false.
    @inline(__always)
    func beginUse(mayWait: Bool = true) throws(BufferSharingError) {
        let seen = ResidencyState(rawValue: word.value)
        if case .granted(let next) = seen.beginningUse(),
            word.compareExchange(expected: seen.rawValue, desired: next.rawValue).exchanged
        {
            return
        }
        try beginUseSlowly(mayWait: mayWait)
    }

    @inline(never)
    private func beginUseSlowly(mayWait: Bool) throws(BufferSharingError) {
        while true {
            let seen = ResidencyState(rawValue: word.value)
            switch seen.beginningUse() {
            case .granted(let next):
                if word.compareExchange(expected: seen.rawValue, desired: next.rawValue).exchanged { return }
            case .away(let place, let next):
                guard word.compareExchange(expected: seen.rawValue, desired: next.rawValue).exchanged else { continue }
                do throws(BufferSharingError) {
                    try exporter?.restore(identity, from: place, mayWait: mayWait)
                } catch {
                    finishMove(at: place)
                    throw error
                }
                finishMove(at: .resident, uses: 1)
                return
            case .moving:
                guard mayWait else { throw .wouldBlock("use of \(name)") }
                word.wait(while: seen.rawValue)
            case .tooMany:
                throw BufferSharingError(.system, errno: .noMemory, context: "another use of \(name)")
            }
        }
    }

    @inline(__always)
    func endUse() {
        if canMove {
            lastUse.store(Self.useClock.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
        }
        // Those who move try again later and don't wait for this.
        word.decrement()
    }

    // MARK: Moving

    /// Takes the memory for a move, if nobody uses it. Then importers that asked for it are called back, and whoever
    /// wants to use it waits for ``finishMove(at:uses:)``.
    /// - Returns: where it was; nil if it is in use or on its way already.
    func beginMove() -> BufferPlace? {
        let seen = ResidencyState(rawValue: word.value)
        guard let next = seen.beginningMove(),
            word.compareExchange(expected: seen.rawValue, desired: next.rawValue).exchanged
        else { return nil }
        return seen.place
    }

    /// Before the memory goes: whoever has it mapped in this process gives it up, and importers are called back.
    func callBack() {
        let spaces = addressSpaces.withLock { $0.values.compactMap(\.space) }
        for space in spaces { space.letGo(of: identity, forgetting: false) }
        attachments.callBack()
    }

    /// An address space has a mapping of the memory.
    func noteMapping(in space: AddressSpace) {
        addressSpaces.withLock { $0[ObjectIdentifier(space)] = WeakAddressSpace(space: space) }
    }

    /// The memory has gone somewhere else: kept mappings are out of date.
    func countMove() {
        moves.add(1, ordering: .acquiringAndReleasing)
    }

    func finishMove(at place: BufferPlace, uses: Int = 0) {
        // Nobody else changes the word while it says `moving`.
        _ = word.compareExchange(
            expected: ResidencyState(.moving).rawValue, desired: ResidencyState(place, uses: uses).rawValue)
        word.wake()
    }
}

/// That somebody in this process holds a buffer. When the last one lets go, its exporter is told.
final class BufferHold: Sendable {
    let storage: BufferStorage
    /// The first file of it, to look at the memory.
    let file: BufferFile

    init(_ storage: BufferStorage, file: BufferFile) {
        self.storage = storage
        self.file = file
    }

    deinit {
        BufferRegistry.shared.remove(self)
        AddressSpace.process.dropIdle(of: storage.mappingOwner)
        storage.exporter?.released(storage.identity)
    }
}
