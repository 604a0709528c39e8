/// Small pictures of horizontal bars side by side, with the same rows in each: the same things looked at in several ways.
struct BarChart {
    struct Series {
        /// For the legend.
        var name: String
    }

    /// One thing that is compared.
    struct Row {
        var label: String
        /// One for each series; nil where there is none.
        var values: [Double?]
    }

    /// A value that bars are compared with.
    struct Limit {
        var value: Double
        var label: String
    }

    struct Panel {
        var title: String
        var unit: String
        /// Of the numbers beside the bars.
        var decimals: Int
        var rows: [Row]
        var limit: Limit?
        /// What the longest bar stands for, at least: so that a little doesn't look like a lot.
        var reach = 0.0
    }

    var title: String
    /// Lines below the title.
    var subtitle: [String]
    var series: [Series]
    var panels: [Panel]

    /// Blue and orange, which nobody takes for one another, and then others that go with them.
    static let colours = ["#2c6fad", "#e0882a", "#5a9e5c", "#8a6bb0"]

    static func colour(_ series: Int) -> String { colours[series % colours.count] }
}
