/// What a stream came to, told when it ends.
public struct StreamReport: Sendable, Equatable {
    /// N of /dev/videoN.
    public var node: Int
    /// "MMAP", "USERPTR", "DMABUF", "read" or "write".
    public var memory: String
    /// The format's four characters and size.
    public var format: String
    /// Frames that the device completed.
    public var frames: Int
    /// Completed frames that the program never took.
    public var untaken: Int
    /// Frames that were due while no buffer was queued.
    public var starved: Int
    /// Frames that were left out because the server came too late for them.
    public var late: Int
    /// Requests of the handle's processes, from open to close: does not grow with the frames.
    public var requests: Int
    /// Times that a QBUF had to wake the device.
    public var wakes: Int
    /// Times that the program was told of a completed buffer, which is when there was none before.
    public var doorbells: Int
    /// Times that the program's half copied a plane; the server copies none.
    public var copies: Int
}
