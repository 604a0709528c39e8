public import BufferSharing

/// One QBUF or PREPARE_BUF, decoded and owned: nothing in it can change any more.
public struct BufferSubmission {
    public var payload = BufferPayload()
    public var planes: [8 of PlanePayload] = .init(repeating: PlanePayload())
    public var planeCount = 0
    /// DMABUF: the buffers that the program's descriptors name, for the planes whose memory is new.
    /// nil: the memory is what it was at the last QBUF of this index.
    public var imports: [SharedBuffer]?

    public init() {}
}
