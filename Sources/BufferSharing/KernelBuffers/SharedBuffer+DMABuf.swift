import LinuxSystem

extension SharedBuffer {
    /// Takes a dma-buf that a heap of the kernel has just made, and gives it its name.
    convenience init(
        adopting dmaBuf: consuming OwnedDescriptor, _ request: AllocationRequest, by exporter: any Exporter
    ) throws(BufferSharingError) {
        do {
            try dmaBuf.setDMABufName(request.name)
        } catch {
            throw .system(error, request.context)
        }
        try self.init(exporting: dmaBuf, size: request.size, kind: .dmaBuf, name: request.name, by: exporter)
    }
}
