/// A small number that stands for a mapped object in a page table: 28 bits, so that an entry is one word.
public struct IOHandle: Hashable, Sendable {
    /// Handles are less than this.
    public static let limit: UInt32 = 1 << 28

    public let rawValue: UInt32

    /// - Returns: nil for a number of ``limit`` or more.
    public init?(_ rawValue: UInt32) {
        guard rawValue < Self.limit else { return nil }
        self.rawValue = rawValue
    }

    /// For a number that is known to be one; else it is cut to 28 bits.
    init(truncating rawValue: UInt32) {
        self.rawValue = rawValue & (Self.limit - 1)
    }
}
