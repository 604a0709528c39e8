import Glibc
import LinuxSystem
import Synchronization
import Testing

/// Page faults of this process, answered by another of its threads.
@Suite(.timeLimit(.minutes(2))) struct UserfaultTests {
    private static let page = Memory.pageSize
    private static let canCatchAll = (try? Userfault(.everything).descriptor.raw) != nil

    /// A mapping of a memory file, and its addresses.
    private final class Place: Sendable {
        let file: MemoryFile
        let memory: MemoryMapping

        init(pages: Int) throws {
            file = try MemoryFile.create(name: "faults", size: pages * UserfaultTests.page)
            memory = try MemoryMapping(descriptor: file.descriptor, length: file.size, access: .readWrite)
        }

        var start: UInt { unsafe UInt(bitPattern: memory.base) }
        var range: Range<UInt> { start..<start + UInt(memory.count) }

        func page(_ index: Int) -> Range<UInt> {
            let first = start + UInt(index * UserfaultTests.page)
            return first..<first + UInt(UserfaultTests.page)
        }

        func byte(_ offset: Int) -> UInt8 { unsafe memory.base.load(fromByteOffset: offset, as: UInt8.self) }
        func set(_ offset: Int, _ value: UInt8) {
            unsafe memory.base.storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
        }
    }

    /// Waits for one fault.
    private func next(_ userfault: borrowing Userfault) throws -> Userfault.Fault {
        var faults = Userfault.Faults()
        _ = try userfault.descriptor.wait(for: .input)
        #expect(try userfault.take(into: &faults))
        #expect(faults.count == 1)
        return faults[0]
    }

    private func copy(_ bytes: [UInt8], to target: UInt, _ userfault: borrowing Userfault) throws(Errno) -> Int {
        let span = unsafe bytes.span.bytes
        return try unsafe span.withUnsafeBytes { bytes throws(Errno) in try unsafe userfault.copy(bytes, to: target) }
    }

    @Test func theKernelSaysWhatItIs() throws {
        let userfault = try Userfault(.userModeOnly)
        #expect(try userfault.descriptor.isUserfault())
        #expect(try userfault.descriptor.isCloseOnExec())
        #expect(try !Pipe.create().read.isUserfault())
        #expect(try !MemoryFile.create(name: "anon_inode:[userfaultfd]", size: 1).descriptor.isUserfault())
        #expect(try !EventDescriptor().descriptor.isUserfault())
    }

    @Test func readingNeverWaits() throws {
        let userfault = try Userfault(.userModeOnly)
        let place = try Place(pages: 1)
        try userfault.register(place.range, for: .missingPage)
        var faults = Userfault.Faults()
        #expect(try !userfault.take(into: &faults))
        // Whoever else has the descriptor can do this at any time.
        try userfault.descriptor.setNonblocking(false)
        #expect(try !userfault.take(into: &faults))
        #expect(try userfault.descriptor.wait(for: .input, timeout: .zero) == .error)
    }

    @Test func aMissingPageWaitsForItsContent() throws {
        let userfault = try Userfault(.userModeOnly)
        let place = try Place(pages: 4)
        place.set(3 * Self.page, 77)
        try userfault.register(place.range, for: .missingPage)
        var reader = try SystemThread.start(name: "reader") { #expect(place.byte(2 * Self.page + 5) == 9) }
        let fault = try next(userfault)
        #expect(fault.address == place.page(2).lowerBound && fault.cause == .missingPage)
        let content = [UInt8](repeating: 9, count: 4 * Self.page)
        // Up to the page that is there.
        #expect(try copy(content, to: place.start, userfault) == 3 * Self.page)
        let last = [UInt8](content.prefix(Self.page))
        #expect(throws: Errno.fileExists) { try copy(last, to: place.page(3).lowerBound, userfault) }
        reader.join()
        #expect(place.byte(3 * Self.page) == 77)
    }

    @Test func aProtectedPageHoldsOffWritesAlone() throws {
        let userfault = try Userfault(.userModeOnly)
        let place = try Place(pages: 2)
        try userfault.register(place.range, for: [.missingPage, .protectedPage])
        let view = try MemoryMapping(descriptor: place.file.descriptor, length: place.memory.count, access: .readWrite)
        try view.populate()
        try userfault.protect(place.range)
        #expect(place.byte(Self.page) == 0)
        var writer = try SystemThread.start(name: "writer") { place.set(Self.page, 1) }
        let fault = try next(userfault)
        #expect(fault.address == place.page(1).lowerBound && fault.cause == .protectedPage)
        #expect(view.withBytes { bytes in unsafe bytes.unsafeLoad(fromByteOffset: Self.page, as: UInt8.self) } == 0)
        try userfault.unprotect(place.range)
        writer.join()
        #expect(view.withBytes { bytes in unsafe bytes.unsafeLoad(fromByteOffset: Self.page, as: UInt8.self) } == 1)
    }

    @Test func protectionOutlivesTheHole() throws {
        let userfault = try Userfault(.userModeOnly)
        let place = try Place(pages: 1)
        try userfault.register(place.range, for: [.missingPage, .protectedPage])
        let view = try MemoryMapping(descriptor: place.file.descriptor, length: Self.page, access: .readWrite)
        try view.populate()
        try userfault.protect(place.range)
        try place.file.descriptor.punchHole(0..<Self.page)
        var writer = try SystemThread.start(name: "writer") { place.set(0, 1) }
        #expect(try next(userfault).cause == .missingPage)
        try view.populate()
        userfault.wake(place.range)
        #expect(try next(userfault).cause == .protectedPage)
        try userfault.unprotect(place.range)
        writer.join()
        #expect(place.byte(0) == 1)
    }

    @Test(.enabled(if: canCatchAll, "userfaultfd for the kernel's faults is root's, or as sysctl allows"))
    func theKernelWaitsToo() throws {
        let userfault = try Userfault(.everything)
        let place = try Place(pages: 1)
        try userfault.register(place.range, for: .missingPage)
        let pipe = try Pipe.create()
        let write = pipe.write.raw
        let taken = Locked<Int>(0)
        var writer = try SystemThread.start(name: "writer") {
            let count = unsafe Glibc.write(write, place.memory.base, 100)
            taken.withLock { $0 = count }
        }
        _ = try next(userfault)
        #expect(try copy([UInt8](repeating: 3, count: Self.page), to: place.start, userfault) == Self.page)
        writer.join()
        #expect(taken.withLock { $0 } == 100)
    }

    @Test func lostContentIsAnError() throws {
        let userfault = try Userfault(.userModeOnly)
        let place = try Place(pages: 2)
        try userfault.register(place.range, for: .missingPage)
        try userfault.poison(place.page(1))
        let pipe = try Pipe.create()
        let byte = unsafe UnsafeRawBufferPointer(start: place.memory.base + Self.page, count: 1)
        #expect(throws: Errno.badAddress) { try unsafe pipe.write.write(byte) }
    }

    @Test func whatIsNotThereIsToldApart() throws {
        let userfault = try Userfault(.userModeOnly)
        let place = try Place(pages: 1)
        #expect(throws: Errno.noSuchFileOrDirectory) { try userfault.protect(place.range) }
        #expect(throws: Errno.invalidArgument) {
            try userfault.register(place.start + 1..<place.start + 4097, for: .missingPage)
        }
        try userfault.register(place.range, for: [.missingPage, .protectedPage])
        try userfault.protect(place.range)
        let other = try Userfault(.userModeOnly)
        #expect(throws: Errno.resourceBusy) { try other.register(place.range, for: .missingPage) }
        try userfault.unregister(place.range)
        #expect(throws: Errno.noSuchFileOrDirectory) { try userfault.unprotect(place.range) }
    }
}
