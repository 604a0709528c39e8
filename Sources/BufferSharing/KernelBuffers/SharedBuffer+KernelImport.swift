import LinuxSystem

extension SharedBuffer {
    /// What was found out of a stranger's descriptor, before anything was asked that may wait.
    struct Vetted {
        var kind: MemoryKind
        var size: UInt64
        var identity: FileIdentity
        var access: FileAccess
        var exporterName: String
    }

    /// Vets a descriptor that is no memory file: it may be a dma-buf, or anything.
    ///
    /// What the kernel says of the open file in /proc comes first, as that can't wait; from then on it is known to be
    /// a dma-buf, which no other process answers for. Its size is fixed for good.
    static func vetDMABuf(
        _ descriptor: borrowing OwnedDescriptor, context: String
    ) throws(BufferSharingError) -> Vetted {
        let description: DMABufDescription?
        do {
            description = try descriptor.dmaBufDescription()
        } catch {
            throw BufferSharingError(.notABuffer, errno: .invalidArgument, context: "\(context) (fdinfo: \(error))")
        }
        guard let description else {
            throw BufferSharingError(.notABuffer, errno: .invalidArgument, context: context)
        }
        do {
            return Vetted(
                kind: .dmaBuf, size: UInt64(description.size), identity: try descriptor.vettingStatus().identity,
                access: try descriptor.access(), exporterName: description.exporterName)
        } catch {
            throw .system(error, context)
        }
    }
}
