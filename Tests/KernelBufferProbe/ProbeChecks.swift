import BufferSharing
import LinuxSystem

/// What there is, and why not.
extension Tally {
    mutating func checkProbe() {
        check("the probe finds both") {
            let found = KernelHeaps.probe()
            try expect(found.udmabuf.isAvailable, found.description)
            try expectEqual(found.dmaHeaps.map(\.name), ["system"])
            try expect(found.dmaHeaps.allSatisfy(\.isAvailable), found.description)
            try expect(found.description.contains("/dev/dma_heap/system: makes buffers"), found.description)
        }
        check("a heap that isn't there: the others are named") {
            let text = try expectError(.system, .noSuchFileOrDirectory) { _ = try DMAHeap(name: "nosuch") }
            try expect(text.contains("the heaps here are system"), text)
        }
    }

    /// As an ordinary user, with nodes that belong to root.
    mutating func checkDenial() {
        check("the probe says whose the devices are") {
            let found = KernelHeaps.probe()
            for finding in [found.udmabuf] + found.dmaHeaps {
                try expectEqual(finding.errno, .permissionDenied)
                try expect(finding.description.contains("belongs to root and the group root"), finding.description)
                try expect(finding.description.contains("mode 600; run as root, or let"), finding.description)
            }
            try expectError(.accessDenied, .permissionDenied) { _ = try UDMABufHeap() }
            try expectError(.accessDenied, .permissionDenied) { _ = try DMAHeap() }
        }
    }

    /// The limits that the drivers have, and the one that they haven't.
    mutating func checkLimits() {
        check("udmabuf: 64 MiB and no more") {
            let heap = try UDMABufHeap()
            try expectEqual(heap.sizeLimit, 64 << 20)
            try expectEqual(try heap.allocate(size: 64 << 20, name: "largest").size, 64 << 20)
            let text = try expectError(.invalidSize, .invalidArgument) {
                _ = try heap.allocate(size: (64 << 20) + 1, name: "too large")
            }
            try expect(text.contains("/dev/udmabuf makes 67108864 bytes at most"), text)
        }
        check("more memory than there is: ENOMEM, and nobody is killed") {
            let available = try Memory.available()
            let heaps: [any BufferHeap] = [try UDMABufHeap(), try DMAHeap()]
            for heap in heaps {
                for size in [1 << 50, available + (1 << 20)] {
                    let text = try expectError(.system, .noMemory) { _ = try heap.allocate(size: size, name: "") }
                    try expect(text.contains("memory available"), text)
                }
            }
        }
    }

    /// What the drivers themselves refuse.
    mutating func checkDrivers() {
        check("udmabuf: memory files that it doesn't take") {
            let device = try Files.open("/dev/udmabuf", .readWrite)
            let sealed = try MemoryFile.create(name: "sealed", size: 8192)
            func refuse(_ file: borrowing OwnedDescriptor, _ offset: Int, _ size: Int, _ errno: Errno) throws {
                let raw = file.raw
                do {
                    _ = try device.createUDMABuf(from: file, offset: offset, size: size)
                } catch {
                    return try expectEqual(error, errno)
                }
                throw CheckFailure(description: "\(raw), \(offset), \(size): it was taken")
            }
            try refuse(sealed.descriptor, 0, 0, .invalidArgument)
            try refuse(sealed.descriptor, 0, 5000, .invalidArgument)
            try refuse(sealed.descriptor, 100, 4096, .invalidArgument)
            try refuse(sealed.descriptor, -4096, 4096, .invalidArgument)
            let loose = try MemoryFile.create(name: "loose", size: 4096, seals: [])
            try refuse(loose.descriptor, 0, 4096, .invalidArgument)
            let constant = try MemoryFile.create(name: "constant", size: 4096, seals: [.shrink, .write])
            try refuse(constant.descriptor, 0, 4096, .invalidArgument)
            try refuse(Pipe.create().read, 0, 4096, Errno(rawValue: 77))
            let heap = try Files.open("/dev/dma_heap/system", .readWrite)
            try expectErrno(.invalidArgument) { () throws(Errno) in
                _ = try heap.createUDMABuf(from: sealed.descriptor, size: 4096)
            }
            try expectErrno(.inappropriateIOCTLForDevice) { () throws(Errno) in
                _ = try device.allocateFromDMAHeap(size: 4096)
            }
            try expectErrno(.invalidArgument) { () throws(Errno) in _ = try heap.allocateFromDMAHeap(size: 0) }
        }
        check("udmabuf: a part of a memory file, which it shares") {
            let device = try Files.open("/dev/udmabuf", .readWrite)
            let file = try MemoryFile.create(name: "whole", size: 3 * Memory.pageSize)
            let page = Memory.pageSize
            let part = try device.createUDMABuf(from: file.descriptor, offset: page, size: page)
            let whole = try MemoryMapping(descriptor: file.descriptor, length: 3 * page, access: .readWrite)
            whole.withMutableBytes { $0.storeBytes(of: 5, toByteOffset: page, as: UInt8.self) }
            let buffer = try SharedBuffer.importing(part)
            try expectEqual(buffer.size, page)
            try expectEqual(try buffer.sum(), 5)
            try buffer.fill(with: 1)
            try expectEqual(whole.withBytes { unsafe $0.unsafeLoad(fromByteOffset: page, as: UInt8.self) }, 1)
            try expectEqual(whole.withBytes { unsafe $0.unsafeLoad(fromByteOffset: 2 * page, as: UInt8.self) }, 0)
        }
    }
}
