/// Which lines of a picture equal those before them, so that only the first of them need be there, and converted.
///
/// Lines count in pairs, as they share their chroma. Made once for many frames.
public struct LineRuns: Sendable {
    /// Pairs of lines from and to; each run's lines are all the same.
    public private(set) var pairs: [Range<Int>] = []
    private let height: Int

    /// - Parameter boundaries: the lines that may differ from the line before, in any order; those outside of the
    ///   picture don't matter.
    public init(height: Int, boundaries: some Sequence<Int>) {
        self.height = height
        let count = (height + 1) / 2
        var isFirst = [Bool](repeating: false, count: count)
        func mark(_ pair: Int) {
            if isFirst.indices.contains(pair) { isFirst[pair] = true }
        }
        mark(0)
        // The last pair of an odd number of lines has one line only.
        if height % 2 == 1 { mark(count - 1) }
        for line in boundaries where (0..<height).contains(line) {
            mark(line / 2)
            // A pair whose lines differ is a run of its own.
            if line % 2 == 1 { mark(line / 2 + 1) }
        }
        var start = 0
        for pair in 0..<count where pair + 1 == count || isFirst[pair + 1] {
            pairs.append(start..<pair + 1)
            start = pair + 1
        }
    }

    /// How many lines a run's first pair has: one if it is the last line of an odd number.
    func lines(ofFirst pair: Int) -> Int { min(2, height - 2 * pair) }
}
