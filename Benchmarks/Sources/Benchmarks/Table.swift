/// The rows as one table, in Markdown.
struct Table {
    private(set) var rows: [Row] = []

    static let head = ["what", "value", "reference", "its value", "ratio", "target", "met"]

    mutating func add(_ row: Row) {
        rows.append(row)
    }

    var text: String {
        let cells = rows.map(Self.cells)
        let widths = Self.head.indices.map { column in
            ([Self.head] + cells).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            return "| " + padded.joined(separator: " | ") + " |"
        }
        let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
        return ([line(Self.head), rule] + cells.map(line)).joined(separator: "\n")
    }

    private static func cells(_ row: Row) -> [String] {
        let met = row.isMet.map { $0 ? "yes" : "NO" } ?? ""
        return [
            row.name, row.unit.text(row.value), row.referenceName, row.unit.text(row.reference),
            Number.short(row.ratio), row.target?.text ?? "", met,
        ]
    }
}
