import LinuxSystem
import Synchronization

/// All that there is to see of one buffer: the counterpart of a line of debugfs `dma_buf/bufinfo`.
public struct BufferInformation: Sendable, Equatable {
    public var name = ""
    /// The memory's inode number, which tells buffers of one name apart.
    public var inode: UInt64 = 0
    /// In bytes.
    public var size = 0
    /// Bytes that are in memory, whoever uses them (mincore(2)).
    public var residentBytes = 0
    /// Who made it; "import" for memory from elsewhere.
    public var exporter = ""
    public var place = BufferPlace.resident
    /// Uses that are under way, pins among them.
    public var uses = 0
    public var pins = 0
    /// How often the memory has moved.
    public var moves: UInt64 = 0
    /// Fences that aren't signalled.
    public var fences = 0
    /// Somebody is owed the content.
    public var isContentOwed = false
    /// A descriptor has left the process.
    public var isHandedOut = false
    /// Mappings in other processes that wait for the memory, so that it may leave.
    public var guards = 0
    /// Every descriptor that has left is accounted for by one of those.
    public var isGuarded = false
    /// Each attachment as "address space/policy".
    public var attachments: [String] = []
    /// Maps by the attachments that are there now, and how many of them a kept mapping served.
    public var maps: UInt64 = 0
    public var keptMaps: UInt64 = 0
    public var realMaps: UInt64 = 0

    public init() {}

    /// All buffers that this process holds, by name. A look at the pages of each: not for a thread that is in a hurry.
    public static var all: [BufferInformation] {
        BufferRegistry.shared.all.map { BufferInformation($0) }.sorted { ($0.name, $0.inode) < ($1.name, $1.inode) }
    }

    init(_ hold: BufferHold) {
        let storage = hold.storage
        name = storage.name
        inode = storage.identity.file.inode
        size = storage.size
        exporter = storage.exporter?.name ?? "import"
        let state = storage.state
        place = state.place
        uses = state.uses
        pins = storage.pins.load(ordering: .relaxed)
        moves = storage.generation
        fences = storage.reservation.fences(for: .write).count { !$0.isSignaled }
        isContentOwed = storage.owesContent.load(ordering: .relaxed)
        isHandedOut = storage.isHandedOut.load(ordering: .relaxed)
        guards = storage.guards.all.count
        isGuarded = storage.guards.isComplete
        for record in storage.attachments.all {
            attachments.append("\(record.addressSpaceName)/\(record.policy)")
            maps += record.maps.load(ordering: .relaxed)
            keptMaps += record.keptMaps.load(ordering: .relaxed)
            realMaps += record.realMaps.load(ordering: .relaxed)
        }
        attachments.sort()
        residentBytes = Self.residentBytes(of: hold.file.descriptor, size: storage.size)
    }

    /// A file that is larger than this machine's memory is no frame, but a program can hand one in. To look at each of
    /// its pages would take a byte for each, and longer than anybody waits: so it is what is in memory or in swap.
    private static func residentBytes(of descriptor: borrowing OwnedDescriptor, size: Int) -> Int {
        if size > Memory.total { return (try? descriptor.allocatedBytes()) ?? 0 }
        let view = try? MemoryMapping(descriptor: descriptor, length: size, access: .read)
        return (try? view?.residentBytes()) ?? 0
    }
}
