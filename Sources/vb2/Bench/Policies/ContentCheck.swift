import BufferSharing

/// What came of looking at buffers: words that were read, words that were wrong, and the first thing that failed.
struct ContentCheck: Hashable, Sendable {
    private(set) var words = 0
    private(set) var wrongWords = 0
    private(set) var failure: String?

    mutating func look(at mapping: BufferMapping, for expected: PageWords) {
        words += PageWords.count(in: mapping)
        wrongWords += expected.wrongCount(in: mapping)
    }

    mutating func fail(_ error: BufferSharingError) {
        if failure == nil { failure = "\(error)" }
    }

    mutating func add(_ other: ContentCheck) {
        words += other.words
        wrongWords += other.wrongWords
        failure = failure ?? other.failure
    }
}
