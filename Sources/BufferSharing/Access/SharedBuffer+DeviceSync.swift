extension SharedBuffer {
    /// Tells the kernel that a device which is software touches its dma-buf with the CPU, if no fence has to be waited
    /// for. Nothing for a memory file.
    /// - Parameter direction: of the device: what it writes, the CPU writes.
    /// - Returns: whether the end is to be told as well.
    package func trySync(_ direction: DataDirection) throws(BufferSharingError) -> Bool {
        guard kind == .dmaBuf else { return false }
        return try CPUAccessSync.tryBegin(file.descriptor, of: kind, direction.reversed)
    }

    package func endSync(_ direction: DataDirection) {
        // What the driver says of the end is too late for anyone.
        try? CPUAccessSync.end(file.descriptor, of: kind, direction.reversed)
    }
}

extension DataDirection {
    /// For a device that is a CPU: what comes from the device is written by the CPU.
    fileprivate var reversed: DataDirection {
        switch self {
        case .toDevice: .fromDevice
        case .fromDevice: .toDevice
        case .bidirectional: .bidirectional
        }
    }
}
