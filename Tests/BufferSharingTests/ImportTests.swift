import BufferSharing
import LinuxSystem
import Testing

@Suite struct ImportTests {
    @Test func onlyMemoryFilesAreBuffers() throws {
        let reaper = DescriptorReaper()
        try refuse(Pipe.create().intoRead(), .notABuffer, reaper)
        try refuse(EventDescriptor().descriptor.duplicate(), .notABuffer, reaper)
        try refuse(Files.open("/dev/null", .readWrite), .notABuffer, reaper)
        try refuse(Files.open("/", .readOnly), .notABuffer, reaper)
        try refuse(UnixSocket.pair(kind: .stream).split { first, _ in first.intoDescriptor() }, .notABuffer, reaper)
        reaper.waitUntilIdle()
        #expect(reaper.pendingCount == 0)
        #expect(reaper.abandonedCount == 0)
    }

    @Test func memoryThatCannotBeSealedIsRefused() throws {
        let reaper = DescriptorReaper()
        try refuse(
            MemoryFile.create(name: "closed", size: 4096, seals: .seal).intoDescriptor(), .notSealable, reaper)
        // A read-only descriptor can't add the seal.
        let loose = try MemoryFile.create(name: "loose", size: 4096, seals: [])
        try refuse(loose.descriptor.reopen(readOnly: true), .notSealable, reaper)
        try refuse(MemoryFile.create(name: "empty", size: 0).intoDescriptor(), .invalidSize, reaper)
        reaper.waitUntilIdle()
    }

    @Test(.enabled(if: Files.exists("/dev/shm"), "there is no /dev/shm"))
    func aFileOfAMemoryFileSystemIsRefused() throws {
        let folder = try Files.makeTemporaryDirectory(prefix: "vb2-shm-", in: "/dev/shm")
        defer { try? Files.removeTree(folder) }
        let file = try Files.open("\(folder)/file", .readWrite, options: .create)
        try file.truncate(to: 4096)
        let reaper = DescriptorReaper()
        try refuse(file, .notSealable, reaper)
        reaper.waitUntilIdle()
    }

    @Test func shrinkableMemoryIsSealed() throws {
        let file = try MemoryFile.create(name: "loose", size: 8192, seals: [])
        let buffer = try SharedBuffer.importing(file.descriptor.duplicate(), name: "loose")
        #expect(buffer.size == 8192)
        #expect(try file.descriptor.seals().contains(.shrink))
        #expect(throws: Errno.notPermitted) { try file.descriptor.truncate(to: 4096) }
    }

    @Test func importedMemoryIsTheSameMemory() throws {
        let buffer = try MemoryFileHeap().allocate(size: 4096, name: "shared")
        let imported = try SharedBuffer.importing(buffer.exportDescriptor(access: .readWrite))
        // Address spaces of their own, so that there are two mappings.
        let writer = try AddressSpace().attach(imported).map(direction: .fromDevice).mapping
        let reader = try AddressSpace().attach(buffer).map(direction: .toDevice).mapping
        #expect(unsafe writer.base != reader.base)
        writer.withMutableBytes { $0.storeBytes(of: 0xABCD, toByteOffset: 100, as: UInt16.self) }
        #expect(reader.withBytes { unsafe $0.unsafeLoadUnaligned(fromByteOffset: 100, as: UInt16.self) } == 0xABCD)
    }

    @Test func refusedDescriptorsAreClosed() async {
        // In a process of its own, since the table of descriptors is of the whole process.
        await #expect(processExitsWith: .success) {
            let reaper = DescriptorReaper(threadLimit: 2, queueLimit: 100)
            let live = OwnedDescriptor.liveCount
            for _ in 0..<50 {
                #expect(throws: BufferSharingError.self) {
                    _ = try SharedBuffer.importing(Pipe.create().intoRead(), reaper: reaper)
                }
            }
            do {
                let buffer = try MemoryFileHeap().allocate(size: 4096, name: "")
                let copy = try SharedBuffer.importing(buffer.exportDescriptor(access: .readOnly), reaper: reaper)
                _ = try AddressSpace().attach(copy).map(direction: .toDevice)
            }
            reaper.waitUntilIdle()
            #expect(reaper.abandonedCount == 0)
            #expect(OwnedDescriptor.liveCount == live)
        }
    }

    /// No thread can be made: nobody waits for one, and what was refused is closed with the next. There is one thread at
    /// most: without `state.threads -= 1` in the `catch` of DescriptorReaper.close none is started any more, and this
    /// hangs.
    @Test(.timeLimit(.minutes(2))) func withoutAThreadTheNextOneClosesBoth() throws {
        let reaper = DescriptorReaper(threadLimit: 1)
        let faults = CallFaults(
            failing: "start(name:stackSize:_:)", with: .resourceTemporarilyUnavailable, times: 1)
        let first = try Line.make()
        let second = try Line.make()
        CallFaults.$current.withValue(faults) {
            reaper.close(OwnedDescriptor(adopting: first.other))
        }
        #expect(faults.failed.count == 1)
        #expect(reaper.pendingCount == 1)
        #expect(try !first.isHungUp())
        reaper.close(OwnedDescriptor(adopting: second.other))
        reaper.waitUntilIdle()
        #expect(try first.isHungUp() && second.isHungUp())
        #expect(reaper.pendingCount == 0 && reaper.abandonedCount == 0)
    }

    /// A connection whose other end somebody else is to close.
    private struct Line: ~Copyable {
        let end: OwnedDescriptor
        let other: Int32

        static func make() throws(Errno) -> Line {
            try UnixSocket.pair(kind: .stream).split { end, other in
                Line(end: end.intoDescriptor(), other: other.intoDescriptor().relinquish())
            }
        }

        func isHungUp() throws(Errno) -> Bool {
            try end.wait(for: .input, timeout: .nanoseconds(0)).contains(.hangUp)
        }
    }

    private func refuse(
        _ descriptor: consuming OwnedDescriptor, _ code: BufferSharingError.Code, _ reaper: DescriptorReaper,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        do {
            _ = try SharedBuffer.importing(descriptor, reaper: reaper)
            Issue.record("it was taken", sourceLocation: sourceLocation)
        } catch {
            #expect(error.code == code, sourceLocation: sourceLocation)
            #expect(error.errno == .invalidArgument, sourceLocation: sourceLocation)
        }
    }
}
