import BufferSharing
import LinuxSystem
import Testing

/// What is told to the kernel when the CPU touches a buffer. With a real dma-buf: Tests/KernelBufferProbe.
@Suite struct CPUAccessTests {
    private static let directions = [DataDirection.toDevice, .fromDevice, .bidirectional]

    /// The descriptor would refuse any call, so none is made.
    @Test func aMemoryFileIsToldNothing() throws {
        let pipe = try Pipe.create()
        for direction in Self.directions {
            try CPUAccessSync.begin(pipe.read, of: .memoryFile, direction)
            #expect(try CPUAccessSync.tryBegin(pipe.read, of: .memoryFile, direction))
            try CPUAccessSync.end(pipe.read, of: .memoryFile, direction)
        }
    }

    @Test func whatIsNoDMABufSaysSo() throws {
        let file = try MemoryFile.create(name: "ordinary", size: 4096)
        for direction in Self.directions {
            expectCode(.system, .inappropriateIOCTLForDevice) {
                try CPUAccessSync.begin(file.descriptor, of: .dmaBuf, direction)
            }
            expectCode(.system, .inappropriateIOCTLForDevice) {
                _ = try CPUAccessSync.tryBegin(file.descriptor, of: .dmaBuf, direction)
            }
            expectCode(.system, .inappropriateIOCTLForDevice) {
                try CPUAccessSync.end(file.descriptor, of: .dmaBuf, direction)
            }
        }
    }

    /// A pipe's ends are ready as the two kinds of fences are: nothing is begun that would have to wait.
    @Test func whatIsNotReadyIsNotBegun() throws {
        let pipe = try Pipe.create()
        #expect(try !CPUAccessSync.tryBegin(pipe.read, of: .dmaBuf, .fromDevice))
        #expect(try !CPUAccessSync.tryBegin(pipe.read, of: .dmaBuf, .toDevice))
        #expect(try !CPUAccessSync.tryBegin(pipe.write, of: .dmaBuf, .fromDevice))
        expectCode(.system, .inappropriateIOCTLForDevice) {
            _ = try CPUAccessSync.tryBegin(pipe.write, of: .dmaBuf, .toDevice)
        }
        try pipe.write.writeAll("x")
        expectCode(.system, .inappropriateIOCTLForDevice) {
            _ = try CPUAccessSync.tryBegin(pipe.read, of: .dmaBuf, .fromDevice)
        }
    }

    @Test func aMemoryFileHasNoSyncFile() throws {
        let buffer = try MemoryFileHeap().allocate(size: 4096, name: "plain")
        #expect(buffer.kind == .memoryFile)
        expectCode(.notABuffer, .inappropriateIOCTLForDevice) { _ = try buffer.exportSyncFile(.bidirectional) }
        let pipe = try Pipe.create()
        expectCode(.notABuffer, .inappropriateIOCTLForDevice) { try buffer.importSyncFile(pipe.read, .bidirectional) }
    }
}
