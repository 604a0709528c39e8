extension Double {
    /// The value with so many decimals, rounded; "–" for what is no number or too large to be one of ours.
    public func text(decimals: Int) -> String {
        let scale = (0..<max(0, decimals)).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = (self * scale).rounded()
        guard scaled.magnitude < 1e15 else { return "–" }
        let number = Int64(scaled.magnitude)
        let sign = scaled < 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(number) }
        let unit = Int64(scale)
        let fraction = String(number % unit)
        return "\(sign)\(number / unit)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
