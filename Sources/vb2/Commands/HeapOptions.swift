import ArgumentParser
import BufferSharing
import Logging

/// Where the devices' buffers come from, and how much memory they may have.
struct HeapOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where buffers come from: memory (memory files), thp (the same in huge pages where the system gives them), "
                + "udmabuf or a name in /dev/dma_heap (kernel dma-bufs).",
            valueName: "heap"))
    var heap = "memory"

    @Option(
        help: ArgumentHelp(
            "How much memory buffers may have, such as 64M: idle ones give theirs up. Default: as much as they ask for.",
            valueName: "size"))
    var budget: String?

    @Option(
        name: .customLong("evict-to"),
        help: ArgumentHelp("With --budget, where the content of idle buffers goes; not on tmpfs.", valueName: "dir"))
    var evictsTo: String?

    @Flag(
        name: .customLong("no-swap"),
        help: "With --budget, don't let the system write buffers to its swap.")
    var noSwap = false

    /// - Throws: `CommandFailure`: 64 for what doesn't go together, 69 for a heap that this machine hasn't, 73 for a
    ///   folder that can't be written to.
    func makeHeap(logger: Logger) throws(CommandFailure) -> any BufferHeap {
        if let budget {
            guard heap == "memory" else {
                throw .usage("--budget goes with --heap memory alone; leave one of them out")
            }
            guard let bytes = Self.bytes(budget), bytes > 0 else {
                throw .usage("'\(budget)' is no size; write --budget=64M")
            }
            do {
                return try EvictableHeap(.init(budget: bytes, evictsTo: evictsTo ?? "/var/tmp", usesSwap: !noSwap))
            } catch {
                throw .output("\(error); name another --evict-to")
            }
        }
        if evictsTo != nil || noSwap { throw .usage("--evict-to and --no-swap need a --budget; write --budget=64M") }
        switch heap {
        case "memory": return MemoryFileHeap()
        case "thp":
            let heap = MemoryFileHeap(pages: .transparentHuge)
            if let shortfall = heap.shortfall { logger.warning("\(shortfall)") }
            return heap
        default: return try kernelHeap()
        }
    }

    private func kernelHeap() throws(CommandFailure) -> any BufferHeap {
        do {
            return heap == "udmabuf" ? try UDMABufHeap() : try DMAHeap(name: heap)
        } catch {
            throw .unavailable("no heap '\(heap)' here: \(error.context); 'vb2 info --heaps' shows what there is")
        }
    }

    /// A size as people write it: bytes, or with K, M or G.
    static func bytes(_ text: String) -> Int? {
        let units: [Character: Int] = ["K": 10, "M": 20, "G": 30]
        var digits = Substring(text)
        var shift = 0
        if let last = text.last, let unit = units[Character(last.uppercased())] {
            digits = digits.dropLast()
            shift = unit
        }
        guard let number = Int(digits), number >= 0, number <= Int.max >> shift else { return nil }
        return number << shift
    }
}
