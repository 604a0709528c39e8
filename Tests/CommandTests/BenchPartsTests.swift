import BufferSharing
import LinuxSystem
import Testing

@testable import vb2

/// What all measurements are made of.
@Suite struct BenchPartsTests {
    @Test func percentiles() {
        let hundred = DurationSamples((1...100).reversed().map { .nanoseconds($0) })
        #expect(hundred.percentile(50) == .nanoseconds(50))
        #expect(hundred.percentile(99) == .nanoseconds(99))
        #expect(hundred.percentile(100) == .nanoseconds(100))
        #expect(hundred.percentile(0) == .nanoseconds(1))
        #expect(hundred.total == .nanoseconds(5050))
        var few = DurationSamples()
        #expect(few.percentile(50) == .zero && few.total == .zero && few.count == 0)
        few.add(.milliseconds(4))
        #expect(few.percentile(1) == few.percentile(99))
        few.add(.milliseconds(2))
        #expect(few.percentile(50) == .milliseconds(2) && few.percentile(51) == .milliseconds(4))
        #expect(few.total.milliseconds == 6)
    }

    @Test func textTable() {
        var table = TextTable(["NAME", "N"], wordColumns: 1)
        table.add(["a", "100"])
        table.add(["longer", "2"])
        #expect(table.lines == ["NAME      N", "a       100", "longer    2"])
    }

    @Test(arguments: [true, false]) func aWorkerKeepsTheOrder(hasThread: Bool) throws {
        let seen = Locked<[Int]>([])
        let worker = try Worker<Int>(name: "test", hasThread: hasThread) { number in
            seen.withLock { $0.append(number) }
        }
        for number in 0..<1000 { worker.tell(number) }
        worker.finish()
        worker.finish()
        #expect(seen.withLock { $0 } == Array(0..<1000))
    }

    @Test func aWorkerThatIsLetGoOfHasDoneItsWork() throws {
        let count = Locked(0)
        do {
            let worker = try Worker<Int>(name: "test", hasThread: true) { _ in count.withLock { $0 += 1 } }
            for number in 0..<100 { worker.tell(number) }
        }
        #expect(count.withLock { $0 } == 100)
    }

    @Test func anInboxLosesNothing() throws {
        let inbox = Inbox<Int>()
        let workers = try (0..<3).map { number in
            try Worker<Int>(name: "test-\(number)", hasThread: true) { inbox.put($0) }
        }
        for number in 0..<3000 { workers[number % 3].tell(number) }
        var seen: Set<Int> = []
        while seen.count < 3000 { seen.formUnion(inbox.waitForItems()) }
        #expect(inbox.takeAll() == [])
    }

    @Test func wordsOfPages() throws {
        let buffer = try MemoryFileHeap().allocate(size: 4 * 4096, name: "words")
        let attachment = try AddressSpace().attach(buffer)
        let mapping = try attachment.map(direction: .bidirectional).mapping
        let words = PageWords(owner: 3, version: 7)
        #expect(PageWords.count(in: mapping) == 4)
        // Memory that was thrown away is all zeros, and that is wrong everywhere.
        #expect(PageWords(owner: 0, version: 0).wrongCount(in: mapping) == 4)
        words.write(to: mapping)
        #expect(words.wrongCount(in: mapping) == 0)
        #expect(PageWords(owner: 3, version: 8).wrongCount(in: mapping) == 4)
        #expect(PageWords(owner: 4, version: 7).wrongCount(in: mapping) == 4)
        mapping.withMutableBytes { $0.storeBytes(of: 0, toByteOffset: 2 * 4096, as: UInt64.self) }
        #expect(words.wrongCount(in: mapping) == 1)

        var check = ContentCheck()
        check.look(at: mapping, for: words)
        var other = ContentCheck()
        other.fail(BufferSharingError(.system, errno: .ioError, context: "first"))
        other.fail(BufferSharingError(.system, errno: .ioError, context: "second"))
        check.add(other)
        #expect(check.words == 4 && check.wrongWords == 1)
        #expect(check.failure?.hasPrefix("first") == true)
        attachment.unmap()
    }
}
