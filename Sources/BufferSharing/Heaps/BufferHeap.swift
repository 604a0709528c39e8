public import LinuxSystem

/// Where new buffers come from: the counterpart of a dma-buf heap.
public protocol BufferHeap: Sendable {
    /// The exporter's name of its buffers.
    var name: String { get }

    /// Makes a buffer whose bytes are all zero.
    /// - Parameters:
    ///   - size: in bytes, more than 0. The buffer may be larger, by less than a page.
    ///   - name: at most 31 bytes.
    /// - Throws: `.invalidSize` (EINVAL); `.invalidName` (EINVAL); `.system` (EMFILE, ENOMEM).
    func allocate(size: Int, name: String) throws(BufferSharingError) -> SharedBuffer

    /// 0: its memory stays where it is. Else it grows when page-table entries of programs stand in the way of moving
    /// something: programs that can give theirs up then do.
    var pressure: UInt32 { get }

    /// A program has given up its page-table entries.
    func programYielded()

    /// A good moment to look after memory that programs have touched without asking; there may be many of these.
    func tend(at now: MonotonicTime)
}

extension BufferHeap {
    public var pressure: UInt32 { 0 }
    public func programYielded() {}
    public func tend(at now: MonotonicTime) {}
}
