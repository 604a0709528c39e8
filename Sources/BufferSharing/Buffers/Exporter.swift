/// Who made a buffer and answers for its memory: the counterpart of `struct dma_buf_ops`.
///
/// An exporter backs the memory, and may move it while nobody uses it. It never maps for others: that is the address
/// space's business (review thread: Szyprowski, Vetter). All methods may be called on any thread.
public protocol Exporter: AnyObject, Sendable {
    /// A label for people.
    var name: String { get }

    /// Whether its buffers ever move.
    var canMove: Bool { get }

    /// Whether a descriptor of its memory may leave the process.
    var allowsExport: Bool { get }

    /// How much importers may pin; nil for no limit.
    var pinAccount: PinAccount? { get }

    /// Brings a buffer's content back: somebody wants to use it. Nobody else uses or moves it until this returns.
    /// - Parameters:
    ///   - place: where the content is.
    ///   - mayWait: if not, and it would take longer than a look: EAGAIN.
    /// - Throws: ENOMEM, EIO: the content stays where it is, and the use fails.
    func restore(
        _ identity: BufferIdentity, from place: BufferPlace, mayWait: Bool
    ) throws(BufferSharingError)

    /// Whether it would move the buffer soon if it could: asked at each unmap of importers that keep their mappings
    /// until they are told (``MappingPolicy/untilTold``).
    func wantsToMove(_ identity: BufferIdentity) -> Bool

    /// Nobody in this process holds the buffer any more.
    func released(_ identity: BufferIdentity)

    /// A process offers to wait for a buffer's memory, so that it can leave although the process has it mapped.
    /// - Throws: EOPNOTSUPP: its buffers never leave in this way; EPERM, ENOSYS: they can't, here.
    func prepareForGuards() throws(BufferSharingError)
}

extension Exporter {
    public var canMove: Bool { false }
    public var allowsExport: Bool { true }
    public var pinAccount: PinAccount? { nil }

    /// Memory that doesn't move is always there.
    public func restore(
        _ identity: BufferIdentity, from place: BufferPlace, mayWait: Bool
    ) throws(BufferSharingError) {}

    public func wantsToMove(_ identity: BufferIdentity) -> Bool { false }
    public func released(_ identity: BufferIdentity) {}

    public func prepareForGuards() throws(BufferSharingError) { throw .neverMoves(name) }
}
