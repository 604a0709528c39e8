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
}
