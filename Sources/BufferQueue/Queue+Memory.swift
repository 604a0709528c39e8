import BufferSharing
import SystemPackage

/// When the device's memory is mapped, and whether anybody is owed what is in it.
extension Queue {
    /// Maps the planes once, so that whatever stands against it is the QBUF's or PREPARE_BUF's error.
    func mapAtFirst(_ index: Int) throws(Errno) {
        for plane in buffers[index].memory.indices where !buffers[index].memory[plane].wasMapped {
            do throws(BufferSharingError) {
                _ = try buffers[index].memory[plane].attachment.map(direction: dataDirection)
                buffers[index].memory[plane].attachment.unmap()
                buffers[index].memory[plane].wasMapped = true
            } catch {
                throw error.errno
            }
        }
    }

    /// The device takes the buffer: its memory is there, and stays.
    /// - Returns: false if it can't be had, and then nothing is mapped.
    func beginUse(_ index: Int) -> Bool {
        for plane in buffers[index].memory.indices {
            guard let result = try? buffers[index].memory[plane].attachment.map(direction: dataDirection) else {
                for earlier in 0..<plane { unmap(plane: earlier, index) }
                return false
            }
            buffers[index].memory[plane].mapping = result.mapping
            beginSync(plane: plane, index)
        }
        return true
    }

    /// The device gives the buffer back.
    func endUse(_ index: Int, isFilled: Bool) {
        for plane in buffers[index].memory.indices where buffers[index].memory[plane].mapping != nil {
            endSync(plane: plane, index)
            if configuration.direction == .capture { buffers[index].memory[plane].buffer.setContentOwed(isFilled) }
            unmap(plane: plane, index)
        }
    }

    /// A capture buffer is the device's to fill: what is in it is owed to nobody.
    func voidContent(_ index: Int) {
        guard configuration.direction == .capture else { return }
        for plane in buffers[index].memory { plane.buffer.setContentOwed(false) }
    }

    // MARK: Caches

    /// A device whose DMA engine is the CPU tells a kernel's dma-buf what it does, which vb2's vmalloc importer forgets
    /// (K16). It doesn't wait for fences that are pending, as no device here may wait for a stranger.
    private func beginSync(plane: Int, _ index: Int) {
        let buffer = buffers[index].memory[plane].buffer
        guard buffer.kind == .dmaBuf, addressSpace.iommu == nil else { return }
        buffers[index].memory[plane].isSynced = (try? buffer.trySync(dataDirection)) ?? false
    }

    private func endSync(plane: Int, _ index: Int) {
        guard buffers[index].memory[plane].isSynced else { return }
        buffers[index].memory[plane].isSynced = false
        buffers[index].memory[plane].buffer.endSync(dataDirection)
    }

    private func unmap(plane: Int, _ index: Int) {
        buffers[index].memory[plane].mapping = nil
        buffers[index].memory[plane].attachment.unmap()
    }
}
