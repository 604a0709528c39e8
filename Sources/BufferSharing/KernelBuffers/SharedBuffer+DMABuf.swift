import LinuxSystem

extension SharedBuffer {
    /// Takes a dma-buf that a heap of the kernel has just made, and gives it its name.
    convenience init(
        adopting dmaBuf: consuming OwnedDescriptor, _ request: AllocationRequest, exporterName: String
    ) throws(Errno) {
        try dmaBuf.setDMABufName(request.name)
        let status = try dmaBuf.status()
        self.init(
            name: request.name, size: request.size, identity: BufferIdentity(status.identity),
            exporterName: exporterName, access: .readWrite, kind: .dmaBuf, descriptor: dmaBuf)
    }
}
