import Glibc
import LinuxSystem
import Testing

@testable import BufferSharing

@Suite struct BufferInformationTests {
    @Test func aLineSaysAllOfIt() throws {
        let exporter = MovingExporter()
        let buffer = try exporter.allocate(size: 8192, name: "a name, with\ta tab")
        let space = AddressSpace(name: "space")
        let attachment = try space.attach(buffer, policy: .untilTold)
        _ = try attachment.map(direction: .fromDevice)
        attachment.unmap()
        _ = try attachment.map(direction: .fromDevice)
        try attachment.pin()
        buffer.setContentOwed(true)
        let work = FenceSignal(name: "work")
        buffer.reservation.withLock { $0.add(work.fence, .read) }
        _ = try buffer.exportDescriptor(access: .readWrite)
        let found = BufferInformation.all.first { $0.inode == buffer.identity.file.inode }
        let information = try #require(found)
        #expect(information.uses == 2 && information.pins == 1 && information.fences == 1)
        #expect(information.maps == 2 && information.realMaps == 1 && information.keptMaps == 1)
        #expect(information.isContentOwed && information.isHandedOut)
        #expect(information.attachments == ["space/untilTold"])
        #expect(information.exporter == "moving" && information.size == 8192)
        var expected = information
        expected.name = "a name  with a tab"
        #expect(BufferInformation(line: information.line) == expected)
        work.signal()
        attachment.unmap()
        attachment.detach()
    }

    @Test func residentIsWhatMincoreSays() throws {
        let heap = try EvictableHeap(.init(budget: 1 << 20, usesSwap: false))
        let buffer = try heap.allocate(size: 65536, name: "resident")
        func resident() -> Int? {
            BufferInformation.all.first { $0.inode == buffer.identity.file.inode }?.residentBytes
        }
        #expect(resident() == 0)
        try buffer.withMutableBytes(in: 0..<4096) { $0.storeBytes(of: 1, as: UInt8.self) }
        #expect(resident() == 4096)
    }

    /// A program hands in a file in which nothing is, larger than any memory. Without the look at the size in
    /// `BufferInformation.residentBytes(of:size:)` this process dies for want of the room for a byte for each page; in a
    /// process of its own, whose addresses are few enough.
    @Test func aFileLargerThanMemoryIsNotLookedThrough() async {
        await #expect(processExitsWith: .success) {
            let size = 1 << 46
            // ThreadSanitizer has more addresses than that for itself.
            #if !VB_TSAN
                let others = 8 << 30
                var limit = rlimit(rlim_cur: rlim_t(size + others), rlim_max: rlim_t(size + others))
                try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
            #endif
            let file = try MemoryFile.create(name: "huge", size: size)
            let buffer = try SharedBuffer.importing(file.descriptor.duplicate())
            let found = BufferInformation.all.first { $0.inode == buffer.identity.file.inode }
            #expect(found?.size == size && found?.residentBytes == 0)
        }
    }

    @Test(arguments: ["", "name=x", "size=", "size=x\tname=y", "=\t=\t=", "size=0"])
    func linesThatSayNothingAreNone(_ line: String) {
        #expect(BufferInformation(line: line) == nil)
    }

    @Test func linesFromElsewhereDoNotTrap() {
        let strange = BufferInformation(
            line: "size=1\tplace=nowhere\tuses=-9\tmoves=-1\tinode=x\tattachments=,,,\tfuture=1")
        #expect(strange?.place == .resident)
        #expect(strange?.moves == 0)
        #expect(strange?.attachments == [])
    }
}
