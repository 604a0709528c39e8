import BufferSharing
import LinuxSystem

/// What holds for every heap, whoever makes the memory.
extension Tally {
    mutating func checkHeap(_ heap: any BufferHeap) {
        let label = heap.name
        check("\(label): buffers are whole pages of zeros") {
            let buffer = try heap.allocate(size: 5000, name: "frame")
            try expectEqual(buffer.size, 2 * Memory.pageSize)
            try expectEqual(buffer.name, "frame")
            try expectEqual(buffer.exporterName, label)
            try expectEqual(buffer.access, .readWrite)
            try expectEqual(try buffer.sum(), 0)
        }
        check("\(label): requests that make no sense") {
            for size in [0, -1, Int.max] {
                try expectError(.invalidSize, .invalidArgument) { _ = try heap.allocate(size: size, name: "") }
            }
            let long = String(repeating: "n", count: 32)
            try expectError(.invalidName, .invalidArgument) { _ = try heap.allocate(size: 1, name: long) }
            _ = try heap.allocate(size: 1, name: String(long.dropLast()))
        }
        check("\(label): what one writes the other reads, through another descriptor and mapping") {
            let buffer = try heap.allocate(size: 3 * Memory.pageSize, name: "shared")
            let imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite), name: "copy")
            try expectEqual(imported.size, buffer.size)
            try expectEqual(imported.kind, buffer.kind)
            try buffer.fill(with: 7)
            try expectEqual(try imported.sum(), 7 * UInt64(buffer.wordCount))
            try imported.fill(with: 9)
            try expectEqual(try buffer.sum(), 9 * UInt64(buffer.wordCount))
        }
        check("\(label): identity is the buffer, not the descriptor") {
            let buffer = try heap.allocate(size: 4096, name: "one")
            let other = try heap.allocate(size: 4096, name: "one")
            try expect(buffer.identity != other.identity, "two buffers have one identity")
            let first = try buffer.exportDescriptor(access: .readWrite)
            let second = try buffer.exportDescriptor(access: .readWrite)
            try expect(try buffer.isSame(as: first.raw) && buffer.isSame(as: second.raw), "not the same")
            try expect(try !other.isSame(as: first.raw), "the same")
            let imports = [try SharedBuffer.importing(first), try SharedBuffer.importing(second)]
            try expectEqual(imports.map(\.identity), [buffer.identity, buffer.identity])
        }
        check("\(label): two devices of an address space share a mapping") {
            let space = AddressSpace()
            let buffer = try heap.allocate(size: 4096, name: "mapped")
            let imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
            let first = try space.attach(buffer)
            let second = try space.attach(imported)
            let mapping = try first.map(direction: .fromDevice).mapping
            try expect(try second.map(direction: .toDevice).mapping === mapping, "two mappings")
            first.unmap()
            second.unmap()
            first.detach()
            second.detach()
            try expect(space.counters.isBalanced, "\(space.counters)")
        }
        check("\(label): the memory outlives who made it") {
            let imported: SharedBuffer
            do {
                let buffer = try heap.allocate(size: 4096, name: "left")
                try buffer.fill(with: 3)
                imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
            }
            try expectEqual(try imported.sum(), 3 * UInt64(imported.wordCount))
        }
        check("\(label): an access of the CPU, in all directions, whether it waits or not") {
            let buffer = try heap.allocate(size: 4096, name: "accessed")
            let descriptor = try buffer.exportDescriptor(access: .readWrite)
            for direction in [DataDirection.toDevice, .fromDevice, .bidirectional] {
                try CPUAccessSync.begin(descriptor, of: buffer.kind, direction)
                try CPUAccessSync.end(descriptor, of: buffer.kind, direction)
                try expect(try CPUAccessSync.tryBegin(descriptor, of: buffer.kind, direction), "\(direction) waits")
                try CPUAccessSync.end(descriptor, of: buffer.kind, direction)
            }
        }
    }

    /// Descriptors and mappings come back, and so does the memory: there isn't enough for all at once.
    mutating func checkImportOfMany(_ heap: any BufferHeap) {
        check("\(heap.name): more buffers than the machine could hold, one after another, leave nothing behind") {
            let descriptors = OwnedDescriptor.liveCount
            for _ in 0..<(try Memory.available() / (32 << 20) + 4) {
                let buffer = try heap.allocate(size: 32 << 20, name: "passing")
                let imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
                _ = try AddressSpace().attach(imported).map(direction: .fromDevice)
            }
            try expectEqual(OwnedDescriptor.liveCount, descriptors)
        }
    }
}

extension SharedBuffer {
    private static let word = MemoryLayout<UInt64>.size

    /// How many values `fill` writes.
    var wordCount: Int { size / Self.word }

    /// Writes one value into every eight bytes, as the CPU has to.
    func fill(with value: UInt64) throws {
        try access(.toDevice) { mapping in
            mapping.withMutableBytes { bytes in
                for index in 0..<wordCount {
                    bytes.storeBytes(of: value, toByteOffset: index * Self.word, as: UInt64.self)
                }
            }
        }
    }

    /// The sum of all values of eight bytes, without what is beyond 64 bits.
    func sum() throws -> UInt64 {
        try access(.fromDevice) { mapping in
            mapping.withBytes { bytes in
                var sum: UInt64 = 0
                for index in 0..<wordCount {
                    sum &+= unsafe bytes.unsafeLoad(fromByteOffset: index * Self.word, as: UInt64.self)
                }
                return sum
            }
        }
    }

    /// Maps it anew for an access of the CPU, told to the kernel.
    private func access<Result>(_ direction: DataDirection, _ body: (BufferMapping) -> Result) throws -> Result {
        let descriptor = try exportDescriptor(access: access == .readOnly ? .readOnly : .readWrite)
        // What the CPU writes, a device of ours writes.
        let mapping = try AddressSpace().attach(self).map(direction: direction == .toDevice ? .fromDevice : .toDevice)
        try CPUAccessSync.begin(descriptor, of: kind, direction)
        let result = body(mapping.mapping)
        try CPUAccessSync.end(descriptor, of: kind, direction)
        return result
    }
}
