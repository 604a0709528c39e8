/// Small pictures of horizontal bars side by side, with the same rows in each: the same things looked at in several ways.
public struct BarChart: Sendable {
    public struct Series: Sendable {
        /// For the legend.
        public var name: String

        public init(name: String) {
            self.name = name
        }
    }

    /// One thing that is compared.
    public struct Row: Sendable {
        public var label: String
        /// One for each series; nil where there is none.
        public var values: [Double?]

        public init(label: String, values: [Double?]) {
            self.label = label
            self.values = values
        }
    }

    /// A value that bars are compared with.
    public struct Limit: Sendable {
        public var value: Double
        public var label: String

        public init(value: Double, label: String) {
            self.value = value
            self.label = label
        }
    }

    public struct Panel: Sendable {
        public var title: String
        public var unit: String
        /// Of the numbers beside the bars.
        public var decimals: Int
        public var rows: [Row]
        public var limit: Limit?
        /// What the longest bar stands for, at least: so that a little doesn't look like a lot.
        public var reach: Double

        public init(
            title: String, unit: String, decimals: Int, rows: [Row], limit: Limit? = nil, reach: Double = 0
        ) {
            self.title = title
            self.unit = unit
            self.decimals = decimals
            self.rows = rows
            self.limit = limit
            self.reach = reach
        }
    }

    public var title: String
    /// Lines below the title.
    public var subtitle: [String]
    public var series: [Series]
    public var panels: [Panel]

    public init(title: String, subtitle: [String], series: [Series], panels: [Panel]) {
        self.title = title
        self.subtitle = subtitle
        self.series = series
        self.panels = panels
    }

    /// Blue and orange, which nobody takes for one another, and then others that go with them.
    static let colours = ["#2c6fad", "#e0882a", "#5a9e5c", "#8a6bb0"]

    static func colour(_ series: Int) -> String { colours[series % colours.count] }
}
