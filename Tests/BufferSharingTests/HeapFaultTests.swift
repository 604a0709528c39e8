import FaultSupport
import LinuxSystem
import Testing

@testable import BufferSharing

/// Each system call of a heap whose buffers leave memory and come back fails once: a use may fail, no content may be
/// lost, and nothing is left behind.
@Suite struct HeapFaultTests {
    /// In a process of its own, since all that the process holds is counted.
    @Test(.timeLimit(.minutes(10))) func eachCallOfAHeapThatEvicts() async {
        await #expect(processExitsWith: .success) {
            #expect(HeapFaultRun(CallFaults()).complaint == nil)
            var before = try Holdings.now()
            let counting = CallFaults()
            let first = HeapFaultRun(counting)
            #expect(first.complaint == nil)
            #expect(first.evictions > 2)
            #expect(try Holdings.changes(since: &before) == [])
            for strike in FaultPlan.strikes(on: counting.calls, limit: 100) {
                let faults = strike.faults
                let run = HeapFaultRun(faults)
                guard !faults.failed.isEmpty else { continue }
                if let complaint = run.complaint { Issue.record("\(strike): \(complaint)") }
                if strike.errno == .interrupted { #expect(run.refusals == [], "\(strike)") }
                for refusal in run.refusals where refusal != strike.errno && refusal != .noMemory {
                    Issue.record("\(strike): a use was refused with \(refusal)")
                }
                for change in try Holdings.changes(since: &before) { Issue.record("\(strike): \(change)") }
            }
        }
    }
}

/// Four buffers in a budget of two, each filled, read, and filled again.
private struct HeapFaultRun {
    /// What must never be; nil if all is well.
    private(set) var complaint: String?
    /// What the uses that failed were told.
    private(set) var refusals: [Errno] = []
    private(set) var evictions = 0

    init(_ faults: CallFaults) {
        CallFaults.$current.withValue(faults) { play() }
    }

    private mutating func play() {
        let space = AddressSpace(name: "faults")
        guard
            let heap = refusable({ () throws(BufferSharingError) in
                try EvictableHeap(.init(budget: 2 * Self.size, evictsTo: "/var/tmp", usesSwap: false))
            })
        else { return }
        var buffers: [SharedBuffer] = []
        for number in 0..<4 {
            if let made = refusable({ () throws(BufferSharingError) in
                try heap.allocate(size: Self.size, name: "buffer-\(number)")
            }) {
                buffers.append(made)
            }
        }
        /// What is in each, once a use has put it there.
        var content: [UInt64?] = Array(repeating: nil, count: buffers.count)
        for round in 0..<2 as Range<UInt64> {
            for (number, buffer) in buffers.enumerated() {
                let value = round << 32 | UInt64(number + 1)
                let filled: Bool? = refusable { () throws(BufferSharingError) in
                    try Self.use(buffer, in: space) { bytes in
                        bytes.storeBytes(of: value, toByteOffset: Self.size - 8, as: UInt64.self)
                    }
                    return true
                }
                guard filled != nil else { continue }
                buffer.setContentOwed(true)
                content[number] = value
            }
            for (number, buffer) in buffers.enumerated() { compare(buffer, content[number], in: space) }
        }
        // Nothing fails any more: what was refused can be had again.
        CallFaults.$current.withValue(nil) {
            for (number, buffer) in buffers.enumerated() { compare(buffer, content[number], in: space) }
        }
        evictions = heap.report.evictions.values.reduce(0, +)
        buffers.removeAll()
        if !space.counters.isBalanced { complaint = "out of balance: \(space.counters)" }
    }

    private mutating func compare(_ buffer: SharedBuffer, _ expected: UInt64?, in space: AddressSpace) {
        guard let expected else { return }
        var found: UInt64?
        _ = refusable { () throws(BufferSharingError) in
            try Self.use(buffer, in: space) {
                found = unsafe $0.unsafeLoad(fromByteOffset: Self.size - 8, as: UInt64.self)
            }
        }
        if let found, found != expected { complaint = "\(buffer.name) holds \(found) and not \(expected)" }
        if found == nil, CallFaults.current == nil { complaint = "\(buffer.name) can't be had any more" }
    }

    private static func use(
        _ buffer: SharedBuffer, in space: AddressSpace, _ body: (inout MutableRawSpan) -> Void
    ) throws(BufferSharingError) {
        let attachment = try space.attach(buffer)
        defer { attachment.detach() }
        try attachment.map(direction: .bidirectional).mapping.withMutableBytes { body(&$0) }
        attachment.unmap()
    }

    private mutating func refusable<Result>(
        _ body: () throws(BufferSharingError) -> Result
    ) -> Result? {
        do {
            return try body()
        } catch {
            refusals.append(error.errno)
            return nil
        }
    }

    private static let size = 64 << 10
}
