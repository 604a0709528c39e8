/// What a ratio is to be.
enum Target {
    case atMost(Double)
    case atLeast(Double)

    func isMet(by ratio: Double) -> Bool {
        switch self {
        case .atMost(let limit): ratio <= limit
        case .atLeast(let limit): ratio >= limit
        }
    }

    var text: String {
        switch self {
        case .atMost(let limit): "<= \(Number.short(limit))"
        case .atLeast(let limit): ">= \(Number.short(limit))"
        }
    }
}

/// What the numbers of a row count.
enum Unit {
    case nanoseconds
    case bytes
    case framesPerSecond
    case bytesPerSecond
    /// Anything that is counted: instructions, maps, system calls.
    case count(String)

    func text(_ value: Double) -> String {
        switch self {
        case .nanoseconds where value >= 1e6: "\(Number.short(value / 1e6)) ms"
        case .nanoseconds where value >= 1e4: "\(Number.short(value / 1e3)) µs"
        case .nanoseconds: "\(Number.short(value)) ns"
        case .bytes where value >= 10240: "\(Number.short(value / 1024)) KiB"
        case .bytes: "\(Number.short(value)) B"
        case .framesPerSecond: "\(Number.short(value)) frames/s"
        case .bytesPerSecond: "\(Number.short(value / 1e9)) GB/s"
        case .count(let name): "\(Number.short(value)) \(name)"
        }
    }
}

/// One line of the table: a value of ours, what it is measured against, and what their ratio is to be.
struct Row {
    var name: String
    var unit: Unit
    var value: Double
    /// What the value is divided by, and its name.
    var reference: Double
    var referenceName: String
    /// nil: the row is there to be seen.
    var target: Target?

    var ratio: Double { value / reference }
    var isMet: Bool? { target.map { $0.isMet(by: ratio) } }
}

enum Number {
    /// Three digits.
    static func short(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
        let magnitude = abs(value)
        var step = 1.0
        while magnitude / step >= 1000 { step *= 10 }
        while magnitude / step < 100 { step /= 10 }
        let rounded = step >= 1 ? value.rounded() : (value / step).rounded() * step
        // A step of less than one is no power of two: print what is left of it.
        if rounded == rounded.rounded() { return "\(Int(rounded))" }
        let digits = min(9, Int((-step.exponentOfTen).rounded()))
        return fixed(rounded, digits)
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int((abs(value) * scale).rounded())
        var text = "\(whole)"
        while text.count <= digits { text = "0" + text }
        let place = text.index(text.endIndex, offsetBy: -digits)
        return (value < 0 ? "-" : "") + text[..<place] + "." + text[place...]
    }
}

extension Double {
    /// Of a power of ten.
    fileprivate var exponentOfTen: Double {
        var exponent = 0.0
        var value = self
        while value < 0.99 {
            value *= 10
            exponent -= 1
        }
        return exponent
    }
}
