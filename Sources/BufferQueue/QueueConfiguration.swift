/// What a device says of its queue when it makes it; constant for the queue's life.
public struct QueueConfiguration: Sendable {
    /// Shown in logs and in the names of buffers.
    public var name: String
    public var direction: QueueDirection
    /// The memory types that programs may ask for.
    public var memoryTypes: MemoryTypes
    /// Buffers at most (`max_num_buffers`).
    public var maximumBuffers: Int
    /// REQBUFS gives at least this many (`min_reqbufs_allocation`).
    public var minimumBuffers: Int
    /// The device starts when this many are queued (`min_queued_buffers`).
    public var minimumQueued: Int
    /// Completed buffers carry the timestamp that was queued (memory-to-memory and output devices).
    public var copiesTimestamps: Bool
    /// QBUF of an output buffer without payload keeps `bytesUsed` 0 instead of the full length.
    public var allowsEmptyPayload: Bool

    /// The device heeds the cache hints of QBUF and NON_COHERENT memory (`allow_cache_hints`). All memory here
    /// is coherent, so they only go back to the program.
    public var allowsCacheHints: Bool

    public init(
        name: String, direction: QueueDirection, memoryTypes: MemoryTypes = .all, maximumBuffers: Int = 32,
        minimumBuffers: Int = 1, minimumQueued: Int = 0, copiesTimestamps: Bool = false,
        allowsEmptyPayload: Bool = false, allowsCacheHints: Bool = false
    ) {
        self.name = name
        self.direction = direction
        self.memoryTypes = memoryTypes
        self.maximumBuffers = maximumBuffers
        self.minimumBuffers = max(minimumBuffers, minimumQueued + (minimumQueued > 0 ? 1 : 0))
        self.minimumQueued = minimumQueued
        self.copiesTimestamps = copiesTimestamps
        self.allowsEmptyPayload = allowsEmptyPayload
        self.allowsCacheHints = allowsCacheHints
    }
}
