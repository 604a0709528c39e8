/// How many bytes of the program's socket the server may read.
///
/// Unread fillers keep the program's descriptor unwritable: a capture handle always, an output handle while
/// no buffer can be dequeued. A filler is 255 bytes; an adoption is one byte more, and brings a filler. The
/// program sends a filler when it takes the last buffer; the server reads one when a buffer becomes available
/// again. Both count, so neither can read or send one too many, in whatever order the two happen.
package struct FillerAccount: Sendable, Equatable {
    /// Bytes of one filler.
    package static let fillerBytes = 255

    private var consumed = 0
    private var seen = 0
    private var adoptions = 0
    /// Times that the first buffer became available.
    private var announcements = 0

    package init() {}

    /// An output buffer can be dequeued, and none could before.
    package mutating func announce() {
        announcements += 1
    }

    /// How many of the unread bytes to read now. Each adoption among what arrived is recognised by its odd
    /// byte; the fillers of all but one of them are surplus.
    package mutating func bytesToRead(unread: Int) -> Int {
        let arrived = consumed + unread
        adoptions += max(0, arrived - seen) % Self.fillerBytes
        seen = max(seen, arrived)
        let due = Self.fillerBytes * (announcements + max(0, adoptions - 1)) + adoptions
        return min(unread, max(0, due - consumed))
    }

    package mutating func didRead(_ count: Int) {
        consumed += count
    }
}
