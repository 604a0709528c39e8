/// A picture in SVG, made element by element. It needs nothing but itself: no script, no style sheet, no font that a
/// viewer hasn't got.
///
/// All lengths are in pixels of the picture, from its upper left corner.
public struct SVGDocument: Sendable {
    public let width: Double
    public let height: Double
    private let title: String
    private var elements: [String] = []

    public enum Anchor: String, Sendable {
        case start, middle, end
    }

    /// - Parameter title: what a screen reader says of the picture.
    public init(width: Double, height: Double, title: String) {
        self.width = width
        self.height = height
        self.title = title
    }

    public mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, fill: String, radius: Double = 0
    ) {
        let corner = radius > 0 ? " rx=\"\(Self.number(radius))\"" : ""
        elements.append(
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
                + "height=\"\(Self.number(height))\"\(corner) fill=\"\(Self.escaped(fill))\"/>")
    }

    public mutating func line(
        from: (x: Double, y: Double), to: (x: Double, y: Double), stroke: String, width: Double = 1,
        isDashed: Bool = false
    ) {
        let dashes = isDashed ? " stroke-dasharray=\"4 3\"" : ""
        elements.append(
            "<line x1=\"\(Self.number(from.x))\" y1=\"\(Self.number(from.y))\" x2=\"\(Self.number(to.x))\" "
                + "y2=\"\(Self.number(to.y))\" stroke=\"\(Self.escaped(stroke))\" "
                + "stroke-width=\"\(Self.number(width))\"\(dashes)/>")
    }

    /// - Parameter y: of the line that the letters stand on.
    public mutating func text(
        _ text: String, x: Double, y: Double, size: Double = 12, anchor: Anchor = .start, isBold: Bool = false,
        fill: String = "#222222"
    ) {
        let weight = isBold ? " font-weight=\"bold\"" : ""
        elements.append(
            "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" font-size=\"\(Self.number(size))\" "
                + "text-anchor=\"\(anchor.rawValue)\"\(weight) fill=\"\(Self.escaped(fill))\">\(Self.escaped(text))</text>"
        )
    }

    /// The file's content.
    public var content: String {
        let size = "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
        let box = "viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\""
        let head =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size) \(box) font-family=\"sans-serif\" role=\"img\">"
        let lines = [head, "<title>\(Self.escaped(title))</title>"] + elements + ["</svg>", ""]
        return lines.joined(separator: "\n")
    }

    /// At most two decimals; what is no number becomes 0.
    private static func number(_ value: Double) -> String {
        let text = (value.magnitude < 1e12 ? value : 0).text(decimals: 2)
        guard text.contains(".") else { return text }
        let digits = text[..<(text.lastIndex { $0 != "0" }.map(text.index(after:)) ?? text.endIndex)]
        return String(digits.last == "." ? digits.dropLast() : digits)
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // XML has no way to write the other control characters.
            case _ where character.value < 0x20: result += " "
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
