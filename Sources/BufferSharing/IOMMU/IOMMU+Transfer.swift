/// What a device's DMA engine does.
extension IOMMU {
    /// The device reads memory.
    /// - Parameters:
    ///   - address: the device's; needn't be at the beginning of anything.
    ///   - destination: where the bytes go; filled as far as the transfer gets.
    ///   - device: who does it.
    /// - Throws: the fault at the first page that can't be read. What comes before its address was read, nothing of
    ///   what follows.
    public func read(
        at address: UInt64, into destination: inout MutableRawSpan, by device: DMADevice
    ) throws(IOFault) {
        try unsafe destination.withUnsafeMutableBytes { buffer throws(IOFault) in
            let count = buffer.count
            try transfer(at: address, count: count, .read, by: device) { target, done in
                let place = unsafe buffer[done..<done + target.range.count]
                target.backing.withBytes(in: target.range) { bytes in
                    unsafe bytes.withUnsafeBytes { unsafe copy($0, to: UnsafeMutableRawBufferPointer(rebasing: place)) }
                }
            }
        }
    }

    /// The device writes memory.
    /// - Parameters:
    ///   - address: the device's; needn't be at the beginning of anything.
    ///   - source: the bytes.
    ///   - device: who does it.
    /// - Throws: the fault at the first page that can't be written. What comes before its address was written, nothing
    ///   of what follows.
    public func write(at address: UInt64, from source: RawSpan, by device: DMADevice) throws(IOFault) {
        try unsafe source.withUnsafeBytes { buffer throws(IOFault) in
            let count = buffer.count
            try transfer(at: address, count: count, .write, by: device) { target, done in
                let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[done..<done + target.range.count])
                target.backing.withMutableBytes(in: target.range) { bytes in
                    unsafe bytes.withUnsafeMutableBytes { unsafe copy(part, to: $0) }
                }
            }
        }
    }

    /// As much as both have: a backing is somebody else's code, and can give less than it was asked for.
    private func copy(_ source: UnsafeRawBufferPointer, to destination: UnsafeMutableRawBufferPointer) {
        let count = min(source.count, destination.count)
        unsafe destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
    }
}
