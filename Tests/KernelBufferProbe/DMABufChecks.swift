import BufferSharing
import LinuxSystem

/// What holds for dma-bufs of the kernel alone.
extension Tally {
    mutating func checkDMABuf(_ heap: any BufferHeap) {
        let label = heap.name
        check("\(label): it is a dma-buf, and the kernel knows its name") {
            let buffer = try heap.allocate(size: 8192, name: "named")
            try expectEqual(buffer.kind, .dmaBuf)
            let descriptor = try buffer.exportDescriptor(access: .readWrite)
            let description = try descriptor.dmaBufDescription()
            try expectEqual(description?.size, 8192)
            try expectEqual(description?.exporterName, label)
            let text = try Files.read("/proc/thread-self/fdinfo/\(descriptor.raw)")
            try expect(String(decoding: text, as: UTF8.self).contains("name:\tnamed\n"), "no name in fdinfo")
            try expectEqual(try SharedBuffer.importing(descriptor).exporterName, label)
        }
        check("\(label): a name can't lie about the size") {
            let buffer = try heap.allocate(size: 4096, name: "x\nsize:\t99\nexp_name:\tfake")
            let imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
            try expectEqual(imported.size, 4096)
            try expectEqual(imported.exporterName, label)
        }
        check("\(label): the size is fixed, and there are no seals") {
            let descriptor = try heap.allocate(size: 4096, name: "fixed").exportDescriptor(access: .readWrite)
            try expectErrno(.invalidArgument) { () throws(Errno) in try descriptor.truncate(to: 0) }
            try expectErrno(.invalidArgument) { () throws(Errno) in _ = try descriptor.seals() }
            try expectErrno(.invalidArgument) { () throws(Errno) in
                _ = try MemoryMapping(descriptor: descriptor, length: 8192, access: .readWrite)
            }
        }
        check("\(label): no descriptor of less access can be had") {
            let buffer = try heap.allocate(size: 4096, name: "writable")
            let text = try expectError(.system, .notSupported) {
                _ = try buffer.exportDescriptor(access: .readOnly)
            }
            try expect(text.contains("dma-buf"), text)
        }
        check("\(label): calls that make no sense") {
            let descriptor = try heap.allocate(size: 4096, name: "misused").exportDescriptor(access: .readWrite)
            try expectErrno(.invalidArgument) { () throws(Errno) in try DMABufSync.begin(descriptor, []) }
            try expectErrno(.invalidArgument) { () throws(Errno) in
                try descriptor.setDMABufName(String(repeating: "n", count: 32))
            }
            try expectErrno(.invalidArgument) { () throws(Errno) in _ = try descriptor.exportSyncFile([]) }
            let pipe = try Pipe.create()
            try expectErrno(.invalidArgument) { () throws(Errno) in
                try descriptor.importSyncFile(pipe.read, .readWrite)
            }
            let file = try MemoryFile.create(name: "ordinary", size: 4096)
            try expectErrno(.inappropriateIOCTLForDevice) { () throws(Errno) in
                try DMABufSync.begin(file.descriptor, .read)
            }
        }
    }

    /// Fences that are signalled, and one that isn't yet, of the test driver vgem.
    mutating func checkFences(_ heap: any BufferHeap) {
        let label = heap.name
        check("\(label): the sync_file of a buffer that nobody uses is ready") {
            let buffer = try heap.allocate(size: 4096, name: "idle")
            let syncFile = try buffer.exportSyncFile(.bidirectional)
            try expect(try syncFile.wait(for: .input, timeout: .zero).contains(.input), "not ready")
            try buffer.importSyncFile(syncFile, .bidirectional)
            try expect(try syncFile.dmaBufDescription() == nil, "a sync_file is no dma-buf")
            try expectError(.notABuffer, .invalidArgument) { _ = try SharedBuffer.importing(syncFile.duplicate()) }
        }
        check("\(label): an access waits for the fence of somebody's work") {
            let work = try VirtualGEMWork()
            let buffer = try heap.allocate(size: 4096, name: "awaited")
            let descriptor = try buffer.exportDescriptor(access: .readWrite)
            let syncFile = try work.buffer.exportSyncFile(.bidirectional)
            try expect(try syncFile.wait(for: .input, timeout: .zero).isEmpty, "the work is done already")
            try buffer.importSyncFile(syncFile, .bidirectional)
            for direction in [DataDirection.toDevice, .fromDevice, .bidirectional] {
                try expect(
                    try !CPUAccessSync.tryBegin(descriptor, of: .dmaBuf, direction), "\(direction) doesn't wait")
            }
            try work.finish()
            try expect(try syncFile.wait(for: .input, timeout: .seconds(5)).contains(.input), "not ready")
            for direction in [DataDirection.toDevice, .fromDevice, .bidirectional] {
                try expect(try CPUAccessSync.tryBegin(descriptor, of: .dmaBuf, direction), "\(direction) waits")
                try CPUAccessSync.end(descriptor, of: .dmaBuf, direction)
            }
        }
        check("\(label): a beginning access sleeps until the work is done") {
            let work = try VirtualGEMWork()
            let buffer = try heap.allocate(size: 4096, name: "slept on")
            try buffer.importSyncFile(work.buffer.exportSyncFile(.bidirectional), .bidirectional)
            let sleeper = try Sleeper(buffer)
            try expect(try sleeper.isAsleep(), "it has begun")
            try work.finish()
            try sleeper.join()
        }
        check("\(label): work that only reads holds up writers alone") {
            let work = try VirtualGEMWork()
            let buffer = try heap.allocate(size: 4096, name: "read")
            let descriptor = try buffer.exportDescriptor(access: .readWrite)
            try buffer.importSyncFile(work.buffer.exportSyncFile(.bidirectional), .fromDevice)
            try expect(try CPUAccessSync.tryBegin(descriptor, of: .dmaBuf, .fromDevice), "reading waits")
            try CPUAccessSync.end(descriptor, of: .dmaBuf, .fromDevice)
            try expect(try !CPUAccessSync.tryBegin(descriptor, of: .dmaBuf, .toDevice), "writing doesn't wait")
            try work.finish()
            try CPUAccessSync.begin(descriptor, of: .dmaBuf, .toDevice)
            try CPUAccessSync.end(descriptor, of: .dmaBuf, .toDevice)
        }
    }
}
