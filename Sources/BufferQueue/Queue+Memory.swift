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
        }
        return true
    }

    /// The device gives the buffer back.
    func endUse(_ index: Int, isFilled: Bool) {
        for plane in buffers[index].memory.indices where buffers[index].memory[plane].mapping != nil {
            if configuration.direction == .capture { buffers[index].memory[plane].buffer.setContentOwed(isFilled) }
            unmap(plane: plane, index)
        }
    }

    /// A capture buffer is the device's to fill: what is in it is owed to nobody.
    func voidContent(_ index: Int) {
        guard configuration.direction == .capture else { return }
        for plane in buffers[index].memory { plane.buffer.setContentOwed(false) }
    }

    private func unmap(plane: Int, _ index: Int) {
        buffers[index].memory[plane].mapping = nil
        buffers[index].memory[plane].attachment.unmap()
    }
}
