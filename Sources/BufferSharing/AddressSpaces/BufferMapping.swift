public import LinuxSystem

/// A buffer's memory in the addresses of this process.
///
/// The addresses are this buffer's for as long as somebody holds this object, even if the attachment that it
/// came from is gone. The content is there during a use alone (between map and unmap): memory that moved away
/// in between reads as zeros, never as another buffer's.
public final class BufferMapping: Sendable {
    /// The count of moves of the buffer when this was made.
    public let generation: UInt64
    private let memory: MemoryMapping

    /// Less than one huge page can't be one: asking would be a system call for nothing.
    private static let hugePage = 2 << 20

    init(_ buffer: SharedBuffer, access: MappingAccess, generation: UInt64) throws(Errno) {
        memory = try MemoryMapping(descriptor: buffer.file.descriptor, length: buffer.size, access: access)
        self.generation = generation
        if buffer.size >= Self.hugePage { memory.adviseHugePages() }
    }

    /// The first byte. Valid for as long as this object lives.
    @unsafe public var base: UnsafeMutableRawPointer { unsafe memory.base }
    /// In bytes.
    public var count: Int { memory.count }
    public var access: MappingAccess { memory.access }

    /// Gives up the page-table entries, so that the system can take the pages. The next access finds them again.
    func dropEntries() { memory.dropEntries() }

    /// The bytes, for the time of the call.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try memory.withBytes(body)
    }

    /// The bytes to change, for the time of the call.
    /// - Precondition: ``access`` is `.readWrite`.
    public func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try memory.withMutableBytes(body)
    }
}
