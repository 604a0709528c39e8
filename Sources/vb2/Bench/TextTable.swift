/// A table for people: the first columns stand to the left, those with numbers to the right.
struct TextTable {
    let titles: [String]
    /// How many of the first columns are words.
    let wordColumns: Int
    private var rows: [[String]] = []

    init(_ titles: [String], wordColumns: Int) {
        self.titles = titles
        self.wordColumns = wordColumns
    }

    /// - Parameter cells: one for each title.
    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    var lines: [String] {
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { cells in
            let padded = titles.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return column < wordColumns ? cells[column] + space : space + cells[column]
            }
            return padded.joined(separator: "  ")
        }
    }
}
