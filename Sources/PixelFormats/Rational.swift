/// A fraction of two whole numbers: a frame interval in seconds, or a frame rate.
///
/// Counterpart of `v4l2_fract`. Two values are equal if their numerators and denominators are; `reduced`
/// gives the lowest terms.
public struct Rational: Hashable, Sendable {
    public var numerator: UInt32
    public var denominator: UInt32

    public init(_ numerator: UInt32, _ denominator: UInt32) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Numerator and denominator exchanged: the rate of an interval, the interval of a rate.
    public var inverse: Rational { Rational(denominator, numerator) }

    /// The same value in lowest terms. A fraction with a zero in it is left as it is.
    public var reduced: Rational {
        guard numerator > 0, denominator > 0 else { return self }
        var (divisor, rest) = (numerator, denominator)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        return Rational(numerator / divisor, denominator / divisor)
    }

    /// The value in nanoseconds if this is an interval in seconds; 0 if the denominator is 0.
    public var nanoseconds: UInt64 {
        denominator == 0 ? 0 : UInt64(numerator) * 1_000_000_000 / UInt64(denominator)
    }

    /// Whether this value is smaller than the other, both with a denominator above 0.
    public func isLess(than other: Rational) -> Bool {
        UInt64(numerator) * UInt64(other.denominator) < UInt64(other.numerator) * UInt64(denominator)
    }
}

extension Rational: CustomStringConvertible {
    public var description: String { "\(numerator)/\(denominator)" }
}
