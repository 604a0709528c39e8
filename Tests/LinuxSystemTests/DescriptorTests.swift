import LinuxSystem
import Testing

@Suite struct DescriptorTests {
    @Test func duplicateIsTheSameFileAndCloseOnExec() throws {
        let file = try MemoryFile.create(name: "duplicate", size: 1)
        let duplicate = try file.descriptor.duplicate()
        #expect(duplicate.raw != file.descriptor.raw)
        #expect(try duplicate.isCloseOnExec())
        #expect(try duplicate.status().identity == file.identity)
        try duplicate.setCloseOnExec(false)
        #expect(try !duplicate.isCloseOnExec())
        #expect(try file.descriptor.isCloseOnExec())
    }

    @Test func duplicateAtLeastKeepsTheFloor() throws {
        let pipe = try Pipe.create()
        #expect(try pipe.read.duplicate(atLeast: 200).raw >= 200)
    }

    @Test func relinquishLeavesTheNumberOpen() throws {
        let pipe = try Pipe.create()
        let raw = pipe.intoRead().relinquish()
        let adopted = OwnedDescriptor(adopting: raw)
        #expect(try adopted.status().isPipe)
        try adopted.close()
    }

    @Test func closeTellsOfABadDescriptor() {
        #expect(throws: Errno.badFileDescriptor) { try OwnedDescriptor(adopting: Int32.max).close() }
    }

    @Test func reopenIsAnotherOpenFileWithItsOwnAccess() throws {
        let file = try MemoryFile.create(name: "reopen", size: 4096)
        let readOnly = try file.descriptor.reopen(readOnly: true)
        #expect(try readOnly.access() == .readOnly)
        #expect(try file.descriptor.access() == .readWrite)
        #expect(try readOnly.status().identity == file.identity)
        #expect(throws: Errno.badFileDescriptor) { try readOnly.writeAll("x") }
    }

    @Test func sameOpenFileIsToldFromSameFile() throws {
        let file = try MemoryFile.create(name: "same", size: 4096)
        let duplicate = try file.descriptor.duplicate()
        let reopened = try file.descriptor.reopen(readOnly: false)
        // Before Linux 6.10 the question isn't known.
        guard let same = try? file.descriptor.isSameOpenFile(as: duplicate.raw) else { return }
        #expect(same)
        #expect(try !file.descriptor.isSameOpenFile(as: reopened.raw))
    }

    @Test func nonblockingReadGivesNil() throws {
        let pipe = try Pipe.create()
        try pipe.read.setNonblocking(true)
        var bytes = [UInt8](repeating: 0, count: 4)
        let nothing = try unsafe bytes.withUnsafeMutableBytes { try unsafe pipe.read.readNonblocking(into: $0) }
        #expect(nothing == nil)
        try pipe.write.writeAll("ab")
        let two = try unsafe bytes.withUnsafeMutableBytes { try unsafe pipe.read.readNonblocking(into: $0) }
        #expect(two == 2)
        try pipe.read.setNonblocking(false)
    }

    @Test func readToEndObeysItsLimit() throws {
        let pipe = try Pipe.create()
        try pipe.write.writeAll([UInt8](repeating: 7, count: 100))
        let read = pipe.intoRead()
        #expect(throws: Errno.fileTooLarge) { try read.readToEnd(limit: 99) }
    }

    @Test func ownersCloseAndAreCounted() async {
        // In a process of its own, since the count is of the whole process.
        await #expect(processExitsWith: .success) {
            let before = OwnedDescriptor.liveCount
            do {
                let pipe = try Pipe.create()
                let copy = try pipe.read.duplicate()
                #expect(OwnedDescriptor.liveCount == before + 3)
                let raw = copy.relinquish()
                #expect(OwnedDescriptor.liveCount == before + 2)
                try OwnedDescriptor(adopting: raw).close()
                let pair = try UnixSocket.pair(kind: .stream)
                let numbers = [pipe.read.raw, pipe.write.raw]
                _ = try send(pair.first, [1], numbers)
                var received = try receive(pair.second)
                #expect(OwnedDescriptor.liveCount == before + 6)
                // One is taken, the other goes with the message.
                _ = received.descriptors.take(0)
            }
            #expect(OwnedDescriptor.liveCount == before)
            let numbers = try Files.list("/proc/self/fd").count
            _ = try Pipe.create()
            #expect(try Files.list("/proc/self/fd").count == numbers)
        }
    }
}
