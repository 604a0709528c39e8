/// What a stream came to, told when it ends.
public struct StreamReport: Sendable, Equatable {
    /// N of /dev/videoN.
    public var node: Int
    /// "MMAP", "USERPTR", "DMABUF" or "read".
    public var memory: String
    /// The format's four characters and size.
    public var format: String
    /// Frames that the device completed.
    public var frames: Int
    /// Completed frames that the program never took.
    public var untaken: Int
    /// Frames that were due while no buffer was queued.
    public var starved: Int
    /// Times that the program's half copied a plane; the server copies none.
    public var copies: Int
}
