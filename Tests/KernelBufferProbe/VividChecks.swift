import BufferSharing
import CVideoABI
import LinuxSystem

/// A real V4L2 driver that uses our buffers, and we its own.
extension Tally {
    mutating func checkVividFills(_ heap: any BufferHeap) {
        check("\(heap.name): vivid imports our buffers and fills them") {
            let camera = try VividCamera(memory: V4L2_MEMORY_DMABUF, buffers: 2)
            let buffers = try (0..<2).map { try heap.allocate(size: camera.frameSize, name: "frame \($0)") }
            let descriptors = try Descriptors(buffers)
            for buffer in buffers { try expectEqual(try buffer.sum(), 0) }
            for index in 0..<2 { try camera.queue(index, descriptors[index]) }
            try camera.start()
            for _ in 0..<4 {
                let frame = try camera.dequeue()
                try expectEqual(frame.bytes, camera.frameSize)
                try expect(try buffers[frame.index].sum() > 0, "frame \(frame.index) is all zeros")
                try buffers[frame.index].fill(with: 0)
                try camera.queue(frame.index, descriptors[frame.index])
            }
            try camera.stop()
        }
    }

    mutating func checkVividExports() {
        check("vivid's own buffers are imported, and read as it fills them") {
            let camera = try VividCamera(memory: V4L2_MEMORY_MMAP, buffers: 1)
            let buffer = try SharedBuffer.importing(camera.export(0, writable: true), name: "vivid")
            try expectEqual(buffer.kind, .dmaBuf)
            try expectEqual(buffer.size, Memory.roundedToPages(camera.frameSize))
            try expect(!buffer.exporterName.isEmpty && buffer.exporterName != "import", buffer.exporterName)
            // Each export is a dma-buf of its own.
            let again = try SharedBuffer.importing(camera.export(0, writable: true))
            try expect(again.identity != buffer.identity, "one identity")
            try camera.queue(0, nil)
            try camera.start()
            _ = try camera.dequeue()
            let sum = try buffer.sum()
            try expect(sum > 0, "all zeros")
            try expectEqual(try again.sum(), sum)
            try camera.stop()
        }
        check("a read-only descriptor of vivid's is read-only") {
            let camera = try VividCamera(memory: V4L2_MEMORY_MMAP, buffers: 1)
            let buffer = try SharedBuffer.importing(camera.export(0, writable: false))
            try expectEqual(buffer.access, .readOnly)
            let attachment = try AddressSpace().attach(buffer)
            _ = try attachment.map(direction: .toDevice)
            try expectError(.accessDenied, .permissionDenied) { _ = try attachment.map(direction: .fromDevice) }
            try expectEqual(try buffer.exportDescriptor(access: .readOnly).access(), .readOnly)
            try expect(try buffer.reopenedForWriting() == nil, "it was opened for writing")
        }
    }
}

/// Descriptors to lend to a driver.
private struct Descriptors {
    private let numbers: [Int32]
    /// They own the numbers, and close them in the end.
    private let owners: [Owner]

    private final class Owner {
        let descriptor: OwnedDescriptor
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    }

    init(_ buffers: [SharedBuffer]) throws {
        owners = try buffers.map { Owner(try $0.exportDescriptor(access: .readWrite)) }
        numbers = owners.map { $0.descriptor.raw }
    }

    subscript(index: Int) -> Int32 { numbers[index] }
}
