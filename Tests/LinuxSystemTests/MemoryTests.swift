import LinuxSystem
import Testing

@Suite struct MemoryTests {
    @Test func newMemoryIsSealedAndZero() throws {
        let file = try MemoryFile.create(name: "new", size: 10_000)
        #expect(try file.descriptor.seals().isSuperset(of: [.shrink, .grow, .seal]))
        #expect(try file.descriptor.status().size == 10_000)
        #expect(try file.descriptor.vettingStatus().identity == file.identity)
        let mapping = try MemoryMapping(descriptor: file.descriptor, length: 10_000, access: .read)
        mapping.withBytes { bytes in
            #expect(bytes.byteCount == 10_000)
            #expect((0..<10_000).allSatisfy { unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == 0 })
        }
        #expect(throws: Errno.notPermitted) { try file.descriptor.truncate(to: 1) }
        #expect(throws: Errno.notPermitted) { try file.descriptor.truncate(to: 20_000) }
        #expect(throws: Errno.notPermitted) { try file.descriptor.addSeals(.write) }
    }

    @Test func mappingsShareTheirBytes() throws {
        let size = 2 * Memory.pageSize
        let file = try MemoryFile.create(name: "share", size: size)
        let writer = try MemoryMapping(descriptor: file.descriptor, length: size, access: .readWrite, populate: true)
        let reader = try MemoryMapping(
            descriptor: file.descriptor, offset: Memory.pageSize, length: Memory.pageSize, access: .read)
        writer.withMutableBytes { bytes in
            bytes.storeBytes(of: 42, toByteOffset: Memory.pageSize + 5, as: UInt8.self)
        }
        let seen = reader.withBytes { unsafe $0.unsafeLoad(fromByteOffset: 5, as: UInt8.self) }
        #expect(seen == 42)
    }

    @Test func badMappingsAreRefused() throws {
        let file = try MemoryFile.create(name: "refused", size: 4096)
        #expect(throws: Errno.invalidArgument) {
            _ = try MemoryMapping(descriptor: file.descriptor, length: 0, access: .read)
        }
        #expect(throws: Errno.invalidArgument) {
            _ = try MemoryMapping(descriptor: file.descriptor, offset: 1, length: 1, access: .read)
        }
        let readOnly = try file.descriptor.reopen(readOnly: true)
        #expect(throws: Errno.permissionDenied) {
            _ = try MemoryMapping(descriptor: readOnly, length: 1, access: .readWrite)
        }
        #expect(throws: Errno.invalidArgument) { _ = try MemoryFile.create(name: "negative", size: -1) }
    }

    @Test func onlyMemoryFilesHaveSeals() throws {
        let pipe = try Pipe.create()
        #expect(throws: Errno.invalidArgument) { try pipe.read.seals() }
        let null = try Files.open("/dev/null", .readOnly)
        #expect(throws: Errno.invalidArgument) { try null.seals() }
        #expect(try null.vettingStatus().isCharacterDevice)
        let file = try MemoryFile.create(name: "ordinary", size: 1)
        #expect(try !file.descriptor.isHugePageFile())
    }

    @Test func pagesAreRoundedUpUnlessThatOverflows() {
        #expect(Memory.roundedToPages(0) == 0)
        #expect(Memory.roundedToPages(1) == Memory.pageSize)
        #expect(Memory.roundedToPages(Memory.pageSize) == Memory.pageSize)
        #expect(Memory.roundedToPages(.max) == nil)
        #expect(Memory.roundedToPages(-1) == nil)
    }
}
