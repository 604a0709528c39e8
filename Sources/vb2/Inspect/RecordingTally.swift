import PictureSources

/// Counts what became of a camera's frames in a recording, by the numbers that are drawn into them.
struct RecordingTally: Hashable, Sendable {
    /// Frames in the recording.
    private(set) var frames = 0
    /// Frames that show the parts of two.
    private(set) var torn = 0
    /// Frames whose number can't be read.
    private(set) var unreadable = 0
    /// Frames with the number of the frame before.
    private(set) var repeated = 0
    /// Frames whose number is lower than that of the frame before.
    private(set) var reordered = 0
    /// Numbers that no frame has, between the first and the last.
    private(set) var missing = 0
    /// The first frame's number; nil until one could be read.
    private(set) var first: UInt32?
    /// The last frame's number.
    private(set) var last: UInt32?

    /// Adds the next frame of the recording; nil for one that can't be read.
    mutating func add(_ reading: BlockCode.Reading?) {
        frames += 1
        switch reading {
        case nil: unreadable += 1
        case .torn: torn += 1
        case .frame(let stamp): add(number: stamp.number)
        }
    }

    private mutating func add(number: UInt32) {
        guard let last else {
            first = number
            self.last = number
            return
        }
        if number == last {
            repeated += 1
        } else if number < last {
            reordered += 1
        } else {
            // What couldn't be read has a number all the same, which isn't missing.
            missing += Int(number - last) - 1
        }
        self.last = max(number, last)
    }

    /// Numbers that no frame has: neither one that comes late, nor one that is torn or unreadable can have had them.
    var lost: Int { max(missing - torn - unreadable - reordered, 0) }

    /// As `key=value`, in one line.
    var line: String {
        [
            "frames=\(frames)", "lost=\(lost)", "torn=\(torn)", "unreadable=\(unreadable)", "repeated=\(repeated)",
            "reordered=\(reordered)", "first=\(first.map(String.init) ?? "-")", "last=\(last.map(String.init) ?? "-")",
        ].joined(separator: " ")
    }
}
