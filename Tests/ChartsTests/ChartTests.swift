import Testing

@testable import Charts

/// Pictures as text.
@Suite struct ChartTests {
    /// One element's attributes, as they stand there.
    private struct Element {
        let name: String
        let attributes: [String: String]
        let text: String

        /// - Parameter line: `<name a="b" c="d"/>` or `<name a="b">text</name>`.
        init(_ line: Substring) throws {
            let open = try #require(line.firstIndex(of: ">"))
            let head = line[line.index(after: line.startIndex)..<open]
            let parts = head.split(separator: "\"", omittingEmptySubsequences: false)
            name = String(parts[0].split(separator: " ")[0])
            var attributes: [String: String] = [:]
            for index in stride(from: 0, to: parts.count - 1, by: 2) {
                let key = try #require(parts[index].split(separator: " ").last)
                attributes[String(key.dropLast())] = String(parts[index + 1])
            }
            self.attributes = attributes
            let rest = line[line.index(after: open)...]
            text = rest.isEmpty ? "" : String(rest.prefix { $0 != "<" })
            #expect(rest.isEmpty ? head.hasSuffix("/") : rest.hasSuffix("</\(name)>"))
        }

        func number(_ key: String) throws -> Double { try #require(Double(attributes[key] ?? "")) }
    }

    /// The elements between the first line and the last.
    private func elements(of picture: SVGDocument) throws -> [Element] {
        let lines = picture.content.split(separator: "\n")
        #expect(lines.first?.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" ") == true)
        #expect(lines.last == "</svg>")
        return try lines.dropFirst().dropLast().map { try Element($0) }
    }

    @Test func decimalsOfNumbers() {
        #expect(1.005.text(decimals: 1) == "1.0")
        #expect(0.056.text(decimals: 2) == "0.06")
        #expect(12.0.text(decimals: 3) == "12.000")
        #expect(9.96.text(decimals: 1) == "10.0")
        #expect((-0.5).text(decimals: 2) == "-0.50")
        #expect((-0.001).text(decimals: 2) == "0.00")
        #expect(2.5.text(decimals: 0) == "3")
        #expect(1.5.text(decimals: -1) == "2")
        for none in [Double.nan, .infinity, 1e15] { #expect(none.text(decimals: 1) == "–") }
    }

    @Test func elementsOfAPicture() {
        var picture = SVGDocument(width: 100, height: 50.5, title: "A & B")
        picture.rectangle(x: 1, y: 2.25, width: 10.126, height: 4, fill: "#fff", radius: 2)
        picture.line(from: (0, 0), to: (5, 5.1), stroke: "#000", isDashed: true)
        picture.text("a < \"b\" > c & d\n\u{1}", x: 3, y: 4, anchor: .end, isBold: true)
        #expect(
            picture.content == """
                <svg xmlns="http://www.w3.org/2000/svg" width="100" height="50.5" viewBox="0 0 100 50.5" \
                font-family="sans-serif" role="img">
                <title>A &amp; B</title>
                <rect x="1" y="2.25" width="10.13" height="4" rx="2" fill="#fff"/>
                <line x1="0" y1="0" x2="5" y2="5.1" stroke="#000" stroke-width="1" stroke-dasharray="4 3"/>
                <text x="3" y="4" font-size="12" text-anchor="end" font-weight="bold" fill="#222222">\
                a &lt; &quot;b&quot; &gt; c &amp; d  </text>
                </svg>

                """)
    }

    @Test func numbersThatAreNone() throws {
        var picture = SVGDocument(width: 1, height: 1, title: "")
        picture.rectangle(x: .nan, y: .infinity, width: -0.001, height: 1e300, fill: "")
        let rectangle = try #require(try elements(of: picture).last)
        #expect(try ["x", "y", "width", "height"].map { try rectangle.number($0) } == [0, 0, 0, 0])
    }

    private func chart(_ rows: [BarChart.Row], limit: BarChart.Limit? = nil) -> BarChart {
        BarChart(
            title: "Title", subtitle: ["Sub"], series: [.init(name: "one"), .init(name: "two")],
            panels: [.init(title: "Panel", unit: "things", decimals: 1, rows: rows, limit: limit)])
    }

    /// Bars of the first panel, without the background and the legend.
    private func bars(_ chart: BarChart) throws -> [Element] {
        try elements(of: chart.svg()).filter { $0.name == "rect" }.dropFirst(3).map { $0 }
    }

    @Test func lengthsAreProportional() throws {
        let bars = try bars(
            chart([
                .init(label: "a", values: [1, 4]), .init(label: "b", values: [nil, 2]),
                .init(label: "c", values: [0, 1]),
            ]))
        let widths = try bars.map { try $0.number("width") }
        #expect(widths.count == 5)
        #expect(widths[1] == 4 * widths[0] && widths[2] == 2 * widths[0] && widths[3] == 0 && widths[4] == widths[0])
        // All begin at the axis, and each is below the one before it.
        #expect(try Set(bars.map { try $0.number("x") }).count == 1)
        let tops = try bars.map { try $0.number("y") }
        #expect(zip(tops, tops.dropFirst()).allSatisfy { $0 < $1 })
        #expect(bars.map { $0.attributes["fill"] } == [0, 1, 1, 0, 1].map { BarChart.colours[$0] })
    }

    @Test func everyBarHasItsNumber() throws {
        let picture = chart([.init(label: "a", values: [1.26, nil]), .init(label: "b", values: [0, 1000])]).svg()
        let texts = try elements(of: picture).filter { $0.name == "text" }.map(\.text)
        #expect(texts == ["Title", "Sub", "one", "two", "Panel", "things", "a", "1.3", "b", "0.0", "1000.0"])
    }

    @Test func aBarThatIsNotZeroIsSeen() throws {
        let widths = try bars(chart([.init(label: "a", values: [0.0001, 1000])])).map { try $0.number("width") }
        #expect(widths[0] == 1)
    }

    @Test func theLimitIsOnTheSameScale() throws {
        let chart = chart([.init(label: "a", values: [10, 20])], limit: .init(value: 40, label: "limit"))
        let bars = try bars(chart)
        let line = try #require(
            try elements(of: chart.svg()).first { $0.name == "line" && $0.attributes["stroke-dasharray"] != nil })
        let axis = try bars[0].number("x")
        #expect(try line.number("x1") - axis == 2 * bars[1].number("width"))
        #expect(try line.number("x1") == line.number("x2"))
        #expect(try elements(of: chart.svg()).contains { $0.text == "limit" })
    }

    @Test func aLittleDoesNotLookLikeALot() throws {
        var chart = chart([.init(label: "a", values: [1, 2])])
        let before = try bars(chart).map { try $0.number("width") }
        chart.panels[0].reach = 8
        #expect(try bars(chart).map { try 4 * $0.number("width") } == before)
        chart.panels[0].reach = 1
        #expect(try bars(chart).map { try $0.number("width") } == before)
    }

    @Test func everythingIsInsideOfThePicture() throws {
        var chart = chart([.init(label: "untilCalledBack", values: [3, 2])], limit: .init(value: 3, label: "limit"))
        chart.panels = Array(repeating: chart.panels[0], count: 5)
        let picture = chart.svg()
        for element in try elements(of: picture) {
            for (x, y) in [("x", "y"), ("x1", "y1"), ("x2", "y2")] where element.attributes[x] != nil {
                #expect(try 0...picture.width ~= element.number(x))
                #expect(try 0...picture.height ~= element.number(y))
            }
        }
        // Two beside each other, so the third is below the first.
        let titles = try elements(of: picture).filter { $0.text == "Panel" }
        #expect(try titles[0].number("y") == titles[1].number("y"))
        #expect(try titles[2].number("y") > titles[0].number("y") && titles[2].number("x") == titles[0].number("x"))
    }

    @Test func nothingToShow() throws {
        let empty = BarChart(title: "", subtitle: [], series: [], panels: [])
        #expect(try elements(of: empty.svg()).contains { $0.name == "rect" })
        #expect(try bars(chart([.init(label: "a", values: [0, .nan])])).map { try $0.number("width") } == [0, 0])
    }
}
