import ArgumentParser
import BufferSharing
import Logging
import Testing

@testable import vb2

struct HeapOptionsTests {
    private func options(_ words: [String]) throws -> HeapOptions { try HeapOptions.parse(words) }

    @Test func sizesAsPeopleWriteThem() {
        for (text, bytes) in [("0", 0), ("4096", 4096), ("64k", 65536), ("64M", 64 << 20), ("2G", 2 << 30)] {
            #expect(HeapOptions.bytes(text) == bytes)
        }
        for text in ["", "M", "-1", "1.5G", "64MB", "99999999999G", "x"] { #expect(HeapOptions.bytes(text) == nil) }
    }

    @Test func heapsByName() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        #expect(try options([]).makeHeap(logger: logger).name == "memory-file")
        #expect(try options(["--heap", "thp"]).makeHeap(logger: logger).name == "memory-file-thp")
        let heap = try options(["--budget", "64M", "--no-swap"]).makeHeap(logger: logger)
        let evictable = try #require(heap as? EvictableHeap)
        #expect(evictable.configuration.budget == 64 << 20)
        #expect(!evictable.configuration.usesSwap)
        #expect(evictable.configuration.evictsTo == "/var/tmp")
    }

    @Test(arguments: [
        (["--budget", "much"], 64, "--budget=64M"), (["--evict-to", "/var/tmp"], 64, "--budget"),
        (["--no-swap"], 64, "--budget"), (["--budget", "64M", "--heap", "thp"], 64, "leave one of them out"),
        (["--budget", "64M", "--evict-to", "/no/such/folder"], 73, "--evict-to"),
        (["--heap", "no-such-heap"], 69, "vb2 info --heaps"), (["--heap", "../null"], 69, "vb2 info --heaps"),
    ])
    func faultsNameTheMend(_ words: [String], _ status: Int32, _ mend: String) throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let failure = #expect(throws: CommandFailure.self) { _ = try options(words).makeHeap(logger: logger) }
        #expect(failure?.status == status, "\(failure as Any)")
        #expect(failure?.line.contains(mend) == true, "\(failure as Any)")
    }

    @Test func theTableHasALineForEachBuffer() throws {
        var one = BufferInformation()
        one.name = "cap-0-0-0"
        one.size = 8192
        one.residentBytes = 4096
        one.exporter = "evictable"
        one.place = .pagedOut
        one.isContentOwed = true
        one.isHandedOut = true
        one.guards = 1
        one.isGuarded = true
        one.attachments = ["process/askAtMap"]
        let lines = BufferTable.text([one, BufferInformation()]).split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("NAME       SIZE"))
        for word in ["cap-0-0-0", "8 KiB", "4 KiB", "evictable", "pagedOut", "held,shared,guarded", "process/askAtMap"]
        {
            #expect(lines[1].contains(word))
        }
        #expect(lines[3] == "2 buffers, 8 KiB, 4 KiB of it in memory")
    }

    @Test func heapsAreListedWithTheirReasons() {
        let text = HeapList.text(hugePages: "no huge pages here")
        #expect(text.contains("memory     yes"))
        #expect(text.contains("thp        no huge pages here"))
        #expect(text.contains("udmabuf"))
        #expect(text.contains("system"))
    }
}
