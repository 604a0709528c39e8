import CLinuxSystem
public import SystemPackage

/// The devices that make dma-bufs for user space. The result is close-on-exec, and the caller's.
extension OwnedDescriptor {
    /// Makes a dma-buf of a part of a memory file (UDMABUF_CREATE), if this is /dev/udmabuf. The buffer keeps the
    /// pages; the memory file isn't needed any more.
    /// - Parameters:
    ///   - file: sealed against shrinking, and not against writing.
    ///   - offset: in bytes, whole pages.
    ///   - size: in bytes, whole pages, more than 0, at most the driver's size_limit_mb.
    /// - Throws: EINVAL for a seal, an offset or a size that isn't as said; EBADFD (in words "file descriptor in bad
    ///   state") when it isn't a memory file; ENOTTY when this isn't /dev/udmabuf (but EINVAL from a heap); EMFILE;
    ///   ENOMEM.
    public func createUDMABuf(
        from file: borrowing OwnedDescriptor, offset: Int = 0, size: Int
    ) throws(Errno) -> OwnedDescriptor {
        guard let offset = UInt64(exactly: offset), let size = UInt64(exactly: size) else { throw .invalidArgument }
        let other = file.raw
        return OwnedDescriptor(adopting: Int32(try retrying { linux_udmabuf_create(raw, other, offset, size) }))
    }

    /// Makes a dma-buf of a heap's memory (DMA_HEAP_IOCTL_ALLOC), if this is one of /dev/dma_heap.
    ///
    /// The kernel doesn't ask whether there is so much memory: it goes on until the OOM killer runs.
    /// - Parameter size: in bytes, more than 0; rounded up to whole pages.
    /// - Throws: EINVAL for a size of 0; ENOTTY when this isn't a heap; EMFILE; ENOMEM.
    public func allocateFromDMAHeap(size: Int) throws(Errno) -> OwnedDescriptor {
        guard let size = UInt64(exactly: size) else { throw .invalidArgument }
        return OwnedDescriptor(adopting: Int32(try retrying { linux_dma_heap_allocate(raw, size) }))
    }
}
