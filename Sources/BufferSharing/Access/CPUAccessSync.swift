public import LinuxSystem

/// What the kernel is told before and after this process's CPU touches the bytes of a buffer: nothing for a memory
/// file, DMA_BUF_IOCTL_SYNC for a dma-buf.
///
/// The direction is that of dma_buf_begin_cpu_access: `.fromDevice` to read what a device of the kernel has written,
/// `.toDevice` to write what one is going to read, `.bidirectional` for both. Begin and end with the same one.
public enum CPUAccessSync {
    /// Begins an access. It waits for the buffer's fences that the access must not overtake; a memory file has none.
    /// - Throws: `.system`: what the driver of the dma-buf says.
    public static func begin(
        _ descriptor: borrowing OwnedDescriptor, of kind: MemoryKind, _ direction: DataDirection
    ) throws(BufferSharingError) {
        guard kind == .dmaBuf else { return }
        do {
            try DMABufSync.begin(descriptor, direction.cpuAccess)
        } catch {
            throw .system(error, "begin of a CPU access")
        }
    }

    /// Begins an access if nothing has to be waited for. Otherwise there is nothing to end; the descriptor is ready
    /// to read from (poll(2)) when reading doesn't have to wait any more, and ready to write to for all else.
    ///
    /// A fence that somebody adds at the same moment is waited for nevertheless.
    /// - Returns: whether the access has begun.
    public static func tryBegin(
        _ descriptor: borrowing OwnedDescriptor, of kind: MemoryKind, _ direction: DataDirection
    ) throws(BufferSharingError) -> Bool {
        guard kind == .dmaBuf else { return true }
        let wanted: Events = direction == .fromDevice ? .input : .output
        do {
            guard try descriptor.wait(for: wanted, timeout: .zero).contains(wanted) else { return false }
        } catch {
            throw .system(error, "begin of a CPU access")
        }
        try begin(descriptor, of: kind, direction)
        return true
    }

    /// Ends an access.
    /// - Throws: `.system`: what the driver of the dma-buf says.
    public static func end(
        _ descriptor: borrowing OwnedDescriptor, of kind: MemoryKind, _ direction: DataDirection
    ) throws(BufferSharingError) {
        guard kind == .dmaBuf else { return }
        do {
            try DMABufSync.end(descriptor, direction.cpuAccess)
        } catch {
            throw .system(error, "end of a CPU access")
        }
    }
}

extension DataDirection {
    /// What the CPU does on its side of such a transfer (dma_buf_ioctl in drivers/dma-buf/dma-buf.c).
    var cpuAccess: DMABufSync.Access {
        switch self {
        case .toDevice: .write
        case .fromDevice: .read
        case .bidirectional: .readWrite
        }
    }
}
