import BufferSharing

/// What is written into a buffer so that it can be known again: one word at the beginning of each page.
///
/// It is the least that makes every page be there, and it costs so little that what is measured is the memory and not
/// the painting. No two owners, versions or pages have the same word, and none is zero.
struct PageWords: Hashable, Sendable {
    private let first: UInt64

    /// - Parameters:
    ///   - owner: who writes.
    ///   - version: grows with each writing.
    init(owner: UInt8, version: UInt32) {
        first = UInt64(owner) << 56 | UInt64(version) << 24 | 1
    }

    private static let distance = 4096

    private func word(ofPage page: Int) -> UInt64 { first &+ UInt64(page) }

    static func count(in mapping: BufferMapping) -> Int { mapping.count / distance }

    func write(to mapping: BufferMapping) {
        mapping.withMutableBytes { bytes in
            for page in 0..<Self.count(in: mapping) {
                bytes.storeBytes(of: word(ofPage: page), toByteOffset: page * Self.distance, as: UInt64.self)
            }
        }
    }

    /// How many of the words are not what was written.
    func wrongCount(in mapping: BufferMapping) -> Int {
        mapping.withBytes { bytes in
            (0..<Self.count(in: mapping)).count { page in
                // Any eight bytes are a word.
                unsafe bytes.unsafeLoad(fromByteOffset: page * Self.distance, as: UInt64.self) != word(ofPage: page)
            }
        }
    }
}
