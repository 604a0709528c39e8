extension BarChart {
    private static let margin = 28.0
    private static let gap = 36.0
    private static let panelWidth = 470.0
    private static let columns = 2

    /// Where a panel's parts are, relative to its upper left corner.
    private struct PanelLayout {
        static let head = 48.0
        static let labelWidth = 108.0
        /// Right of the longest bar, for its number.
        static let numberWidth = 52.0
        static let bar = 11.0
        static let barGap = 2.0
        static let rowGap = 9.0

        let barsPerRow: Double
        let rows: Double

        var rowHeight: Double { barsPerRow * Self.bar + (barsPerRow - 1) * Self.barGap }
        var barsHeight: Double { rows * rowHeight + (rows + 1) * Self.rowGap }
        /// With room for the limit's label below the bars.
        var height: Double { Self.head + barsHeight + 18 }

        func top(ofRow row: Int) -> Double { Self.head + Self.rowGap + Double(row) * (rowHeight + Self.rowGap) }
    }

    /// The picture.
    public func svg() -> SVGDocument {
        let layout = PanelLayout(
            barsPerRow: Double(max(series.count, 1)), rows: Double(panels.map(\.rows.count).max() ?? 0))
        let head = 62 + 18 * Double(subtitle.count) + (series.count > 1 ? 24 : 0)
        let lines = (panels.count + Self.columns - 1) / Self.columns
        let columns = Double(min(Self.columns, max(panels.count, 1)))
        var picture = SVGDocument(
            width: 2 * Self.margin + columns * Self.panelWidth + (columns - 1) * Self.gap,
            height: head + Double(lines) * layout.height + Double(max(lines - 1, 0)) * 16 + Self.margin,
            title: title)
        picture.rectangle(x: 0, y: 0, width: picture.width, height: picture.height, fill: "#ffffff")
        drawHead(&picture)
        for (number, panel) in panels.enumerated() {
            let x = Self.margin + Double(number % Self.columns) * (Self.panelWidth + Self.gap)
            let y = head + Double(number / Self.columns) * (layout.height + 16)
            draw(panel, layout, x: x, y: y, &picture)
        }
        return picture
    }

    private func drawHead(_ picture: inout SVGDocument) {
        picture.text(title, x: Self.margin, y: 40, size: 19, isBold: true)
        var y = 62.0
        for line in subtitle {
            picture.text(line, x: Self.margin, y: y, size: 13, fill: "#555555")
            y += 18
        }
        guard series.count > 1 else { return }
        var x = Self.margin
        for (number, series) in series.enumerated() {
            picture.rectangle(x: x, y: y - 3, width: 11, height: 11, fill: Self.colour(number), radius: 1.5)
            picture.text(series.name, x: x + 17, y: y + 7)
            // There is no measuring of text here; a letter of this size is about seven wide.
            x += 17 + 7 * Double(series.name.count) + 20
        }
    }

    private func draw(_ panel: Panel, _ layout: PanelLayout, x: Double, y: Double, _ picture: inout SVGDocument) {
        picture.text(panel.title, x: x, y: y + 18, size: 15, isBold: true)
        picture.text(panel.unit, x: x, y: y + 36, fill: "#555555")
        let left = x + PanelLayout.labelWidth
        let room = Self.panelWidth - PanelLayout.labelWidth - PanelLayout.numberWidth
        let longest = panel.longest
        func length(_ value: Double) -> Double { longest > 0 ? max(value, 0) / longest * room : 0 }

        for (number, row) in panel.rows.enumerated() {
            let top = y + layout.top(ofRow: number)
            picture.text(row.label, x: left - 8, y: top + layout.rowHeight / 2 + 4, anchor: .end)
            for (series, value) in row.values.enumerated() {
                guard let value else { continue }
                let barTop = top + Double(series) * (PanelLayout.bar + PanelLayout.barGap)
                // So that a value that is not zero can be told from one that is.
                let width = value > 0 ? max(length(value), 1) : 0
                picture.rectangle(
                    x: left, y: barTop, width: width, height: PanelLayout.bar, fill: Self.colour(series))
                picture.text(
                    value.text(decimals: panel.decimals), x: left + width + 5, y: barTop + 9.5, size: 11,
                    fill: "#444444")
            }
        }
        picture.line(
            from: (left, y + PanelLayout.head), to: (left, y + PanelLayout.head + layout.barsHeight), stroke: "#999999")
        if let limit = panel.limit {
            let at = left + length(limit.value)
            let bottom = y + PanelLayout.head + layout.barsHeight
            picture.line(from: (at, y + PanelLayout.head), to: (at, bottom), stroke: "#b3261e", isDashed: true)
            picture.text(limit.label, x: at, y: bottom + 13, size: 11, anchor: .middle, fill: "#b3261e")
        }
    }
}

extension BarChart.Panel {
    /// What takes all of the room: the largest of the values, the limit and the reach.
    var longest: Double {
        let values = rows.flatMap(\.values).compactMap { $0 }.filter(\.isFinite)
        return max(values.max() ?? 0, limit?.value ?? 0, reach)
    }
}
