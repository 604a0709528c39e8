/// What a buffer is to the kernel.
public enum MemoryKind: Sendable, Hashable {
    /// A memory file (memfd_create(2)). Devices of the kernel can't use it; all CPUs see the same bytes at once.
    case memoryFile
    /// One of the kernel's own dma-bufs (drivers/dma-buf/dma-buf.c): devices of the kernel can use it, its users can
    /// wait for each other's fences, and an access of the CPU has to be told (see ``CPUAccessSync``).
    case dmaBuf
}
