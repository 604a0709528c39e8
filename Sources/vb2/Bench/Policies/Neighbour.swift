import BufferSharing

/// The other user of the heap: in bursts it needs several buffers at once. Some it has all the time, and it wants their
/// content back at the next burst; others it allocates for the burst alone.
struct Neighbour {
    private(set) var check = ContentCheck()
    /// Buffers that it asked for and didn't get.
    private(set) var refusals = 0

    private struct Use {
        let attachment: Attachment
        let mapping: BufferMapping
        let words: PageWords
    }

    private let heap: EvictableHeap
    private let frameBytes: Int
    private let scratchCount: Int
    private let space = AddressSpace(name: "neighbour")
    private let lasting: [Attachment]
    private var version: UInt32 = 0
    private var uses: [Use] = []

    /// - Throws: `.overBudget` (ENOMEM), `.system` (ENOMEM, EMFILE).
    init(_ workload: PolicyWorkload, heap: EvictableHeap) throws(BufferSharingError) {
        self.heap = heap
        frameBytes = workload.frameBytes ?? 0
        scratchCount = workload.scratchCount
        var lasting: [Attachment] = []
        for number in 0..<workload.lastingCount {
            let buffer = try heap.allocate(size: frameBytes, name: "lasting-\(number)")
            lasting.append(try space.attach(buffer, policy: .askAtMap))
        }
        self.lasting = lasting
    }

    mutating func act(_ burst: PolicyWorkload.Burst) {
        switch burst {
        case .begin: begin()
        case .end: end()
        }
    }

    /// Ends a burst that is under way, and lets go of everything.
    mutating func stop() {
        end()
        for attachment in lasting { attachment.detach() }
    }

    var isBalanced: Bool { space.counters.isBalanced }

    private mutating func begin() {
        let before = version
        version += 1
        for number in 0..<scratchCount {
            do throws(BufferSharingError) {
                let buffer = try heap.allocate(size: frameBytes, name: "scratch-\(number)")
                try use(try space.attach(buffer, policy: .askAtMap), as: UInt8(100 + number), expecting: nil)
            } catch {
                if error.code == .overBudget { refusals += 1 } else { check.fail(error) }
            }
        }
        for (number, attachment) in lasting.enumerated() {
            do throws(BufferSharingError) {
                try use(attachment, as: UInt8(2 + number), expecting: before == 0 ? nil : before)
            } catch {
                check.fail(error)
            }
        }
    }

    /// Maps a buffer, looks whether its content is that of the burst before, and fills it.
    private mutating func use(
        _ attachment: Attachment, as owner: UInt8, expecting before: UInt32?
    ) throws(BufferSharingError) {
        let mapping = try attachment.map(direction: .bidirectional).mapping
        if let before { check.look(at: mapping, for: PageWords(owner: owner, version: before)) }
        let words = PageWords(owner: owner, version: version)
        words.write(to: mapping)
        attachment.buffer.setContentOwed(true)
        uses.append(Use(attachment: attachment, mapping: mapping, words: words))
    }

    private mutating func end() {
        for use in uses {
            check.look(at: use.mapping, for: use.words)
            use.attachment.unmap()
        }
        // The scratch buffers' attachments end here, and with them their memory.
        uses.removeAll()
    }
}
