import BufferSharing
import LinuxSystem
import Testing

@Suite struct SharedBufferTests {
    let heap = MemoryFileHeap()

    @Test func allocationsAreWholePagesOfZeros() throws {
        let buffer = try heap.allocate(size: 5000, name: "frame")
        #expect(buffer.size == Memory.roundedToPages(5000))
        #expect(buffer.name == "frame")
        #expect(buffer.exporterName == "memory-file")
        #expect(buffer.generation == 0)
        let result = try AddressSpace().attach(buffer).map(direction: .toDevice)
        result.mapping.withBytes { bytes in
            #expect(bytes.byteCount == buffer.size)
            #expect((0..<buffer.size).allSatisfy { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0 })
        }
    }

    @Test func badAllocationsAreRefused() {
        expectCode(.invalidSize) { _ = try heap.allocate(size: 0, name: "") }
        expectCode(.invalidSize) { _ = try heap.allocate(size: -1, name: "") }
        expectCode(.invalidSize) { _ = try heap.allocate(size: .max, name: "") }
        expectCode(.invalidName) { _ = try heap.allocate(size: 1, name: String(repeating: "n", count: 32)) }
        #expect(throws: Never.self) { try heap.allocate(size: 1, name: String(repeating: "n", count: 31)) }
    }

    @Test func identityIsTheMemory() throws {
        let buffer = try heap.allocate(size: 4096, name: "one")
        let other = try heap.allocate(size: 4096, name: "one")
        #expect(buffer.identity != other.identity)
        let exported = try buffer.exportDescriptor(access: .readWrite)
        let readOnly = try buffer.exportDescriptor(access: .readOnly)
        #expect(try buffer.isSame(as: exported.raw))
        #expect(try buffer.isSame(as: readOnly.raw))
        #expect(try !other.isSame(as: exported.raw))
        #expect(throws: Errno.badFileDescriptor) { try buffer.isSame(as: -1) }
        let imported = try SharedBuffer.importing(exported, name: "copy")
        #expect(imported.identity == buffer.identity)
        #expect(imported.size == buffer.size)
        #expect(imported.exporterName == "import")
    }

    @Test func identityTravelsThroughASocket() throws {
        let buffer = try heap.allocate(size: 4096, name: "travel")
        let pair = try UnixSocket.pair(kind: .sequencedPacket)
        let exported = try buffer.exportDescriptor(access: .readWrite)
        let numbers = [exported.raw]
        _ = try send(pair.first, [0], numbers)
        var received = try receive(pair.second)
        guard let descriptor = received.descriptors.take(0) else {
            Issue.record("no descriptor came")
            return
        }
        let imported = try SharedBuffer.importing(descriptor)
        #expect(imported.identity == buffer.identity)
    }

    @Test func readOnlyExportStaysReadOnly() throws {
        let buffer = try heap.allocate(size: 4096, name: "guarded")
        let descriptor = try buffer.exportDescriptor(access: .readOnly)
        #expect(throws: Errno.permissionDenied) {
            _ = try MemoryMapping(descriptor: descriptor, length: 4096, access: .readWrite)
        }
        let imported = try SharedBuffer.importing(descriptor)
        let attachment = try AddressSpace().attach(imported)
        #expect(try attachment.map(direction: .toDevice).mapping.access == .read)
        expectCode(.accessDenied, .permissionDenied) { _ = try attachment.map(direction: .fromDevice) }
        expectCode(.accessDenied, .permissionDenied) { _ = try imported.exportDescriptor(access: .readWrite) }
        #expect(try imported.exportDescriptor(access: .readOnly).access() == .readOnly)
    }
}

/// Expects a buffer error of this kind, with this errno.
func expectCode(
    _ code: BufferSharingError.Code, _ errno: Errno = .invalidArgument,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as BufferSharingError {
        #expect(error.code == code, sourceLocation: sourceLocation)
        #expect(error.errno == errno, sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
