/// Who attached: idle mappings are kept for it, and end with it.
public struct MappingOwner: Hashable, Sendable {
    private let identifier: ObjectIdentifier

    /// - Parameter object: the queue, say. When it goes away it calls ``AddressSpace/dropIdle(of:)``.
    public init(_ object: AnyObject) {
        identifier = ObjectIdentifier(object)
    }
}

/// How many mappings that nobody is attached to an address space keeps.
///
/// They are what lets many descriptors rotate over few indices without mapping anything, and they keep memory alive:
/// hence the limits. Beyond them the least recently used ends.
public struct IdleMappingLimits: Hashable, Sendable {
    public var mappings: Int
    public var bytes: Int

    public init(mappings: Int = 64, bytes: Int = 256 << 20) {
        self.mappings = mappings
        self.bytes = bytes
    }
}

/// The mappings of one address space by the memory that they are of. A value: it decides which are kept, and hands
/// those that are not to the caller, to end outside of any lock.
struct MappingCache {
    struct Key: Hashable {
        var identity: BufferIdentity
        /// What this process may do with the memory.
        var isWritable: Bool
        /// What the device may do with it; nil where that is the same.
        var device: IOAccess?

        init(_ identity: BufferIdentity, isWritable: Bool, device: IOAccess? = nil) {
            self.identity = identity
            self.isWritable = isWritable
            self.device = device
        }
    }

    private struct Entry {
        var mapping: BufferMapping
        /// Attachments that have it.
        var users: Int
        /// For whom it is kept while it has no users.
        var owner: MappingOwner?
        var lastUse: UInt64
    }

    let limits: IdleMappingLimits
    private var entries: [Key: Entry] = [:]
    private var idleCount = 0
    private var idleBytes = 0
    private var clock: UInt64 = 0

    init(limits: IdleMappingLimits) {
        self.limits = limits
    }

    var count: Int { entries.count }
    var idle: (count: Int, bytes: Int) { (idleCount, idleBytes) }

    /// The mapping of that memory at that generation, with one user more; one of another generation is of no use any
    /// more, and goes to `ended`.
    mutating func take(_ key: Key, generation: UInt64, ended: inout [BufferMapping]) -> BufferMapping? {
        guard var entry = entries[key] else { return nil }
        guard entry.mapping.generation == generation else {
            remove(key, ended: &ended)
            return nil
        }
        if entry.users == 0 { forgetIdle(entry) }
        entry.users += 1
        entries[key] = entry
        return entry.mapping
    }

    /// A mapping that was made because there was none, with one user.
    mutating func insert(_ key: Key, _ mapping: BufferMapping) {
        entries[key] = Entry(mapping: mapping, users: 1, owner: nil, lastUse: clock)
    }

    /// A user is gone. Without an owner a mapping isn't kept once nobody has it.
    mutating func release(
        _ key: Key, _ mapping: BufferMapping, keepingIdleFor owner: MappingOwner?, ended: inout [BufferMapping]
    ) {
        guard var entry = entries[key], entry.mapping === mapping else { return }
        entry.users -= 1
        clock += 1
        entry.lastUse = clock
        entry.owner = owner
        entries[key] = entry
        guard entry.users == 0 else { return }
        idleCount += 1
        idleBytes += mapping.count
        if owner == nil { remove(key, ended: &ended) }
        while idleCount > limits.mappings || idleBytes > limits.bytes, let oldest = oldestIdle {
            remove(oldest, ended: &ended)
        }
    }

    /// Ends what is kept for an owner that nobody else has; for all of them without one.
    mutating func dropIdle(of owner: MappingOwner?, ended: inout [BufferMapping]) {
        for (key, entry) in entries where entry.users == 0 && (owner == nil || entry.owner == owner) {
            remove(key, ended: &ended)
        }
    }

    /// The mappings of one memory.
    func mappings(of identity: BufferIdentity) -> [BufferMapping] {
        entries.filter { $0.key.identity == identity }.map(\.value.mapping)
    }

    /// Forgets the mappings of one memory: whoever holds one may go on holding it.
    mutating func forget(_ identity: BufferIdentity, ended: inout [BufferMapping]) {
        for key in entries.keys where key.identity == identity { remove(key, ended: &ended) }
    }

    private mutating func remove(_ key: Key, ended: inout [BufferMapping]) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        if entry.users == 0 { forgetIdle(entry) }
        ended.append(entry.mapping)
    }

    private mutating func forgetIdle(_ entry: Entry) {
        idleCount -= 1
        idleBytes -= entry.mapping.count
    }

    private var oldestIdle: Key? {
        entries.lazy.filter { $0.value.users == 0 }.min { $0.value.lastUse < $1.value.lastUse }?.key
    }
}
