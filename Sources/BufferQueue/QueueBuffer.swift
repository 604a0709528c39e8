public import BufferSharing

/// One plane's memory: the shared buffer behind it, and the device's hold on it.
///
/// It is mapped for the time that the device has the buffer; the attachment keeps the mapping in between, and maps anew
/// only if the memory has moved meanwhile (review thread: map at the first QBUF, not at each).
struct PlaneMemory {
    let buffer: SharedBuffer
    let attachment: Attachment
    /// Bytes that the plane may use; at most the buffer's size.
    let length: Int
    /// What the program's account says of it; nil if nobody keeps one.
    let charge: (any QueueCharge)?
    /// While the device has the buffer.
    var mapping: BufferMapping?
    /// The kernel was told that the device's CPU accesses its dma-buf, and is to be told of the end.
    var isSynced = false
    /// The memory was mapped once: from here on only a move can make that fail.
    var wasMapped = false
}

/// A buffer of a queue: its planes, and what travels with them.
public struct QueueBuffer {
    /// One for each plane once the memory is there; DMABUF buffers start with none.
    var memory: [PlaneMemory] = []
    /// For the buffer itself.
    var charge: (any QueueCharge)?
    public internal(set) var payload = BufferPayload()
    public internal(set) var planes: [8 of PlanePayload] = .init(repeating: PlanePayload())
    public internal(set) var planeCount: Int
    /// What each plane must have at least: the sizes that the buffer was made with.
    let minimumLengths: PlaneSizes
    /// Someone outside the server has the memory (EXPBUF, or a program's mmap): V4L2_BUF_FLAG_MAPPED.
    public internal(set) var isShared = false

    init(sizes: PlaneSizes) {
        planeCount = sizes.count
        minimumLengths = sizes
        resetPlanes()
    }

    /// The planes as they are before the first QBUF.
    mutating func resetPlanes() {
        for plane in 0..<planeCount {
            planes[plane] = PlanePayload()
            planes[plane].length = UInt32(clamping: minimumLengths[plane])
        }
    }

    /// The identity of plane `index`'s memory, nil while it has none.
    public func identity(ofPlane index: Int) -> BufferIdentity? {
        memory.indices.contains(index) ? memory[index].buffer.identity : nil
    }
}
