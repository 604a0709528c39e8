/// A straight line from samples to samples, in 16-bit arithmetic that the compiler makes vectors of.
///
/// The result in 1/256 is what is above `lowest`, and `fraction`/65536 of it more or less, which is the upper half of a
/// product of 16 bits; `offset` rounds it. The constants are such that each of the 256 results is the exactly rounded one
/// (`QuantizationTests`). They are a type's, so that the compiler knows them where it makes the vectors: the upper half of
/// a product is one instruction then. A single product for slopes below 1 would be made one of 32 bits, which isn't.
protocol SampleMap {
    static var lowest: UInt8 { get }
    static var highest: UInt8 { get }
    /// Whether the slope is above 1.
    static var isSteep: Bool { get }
    static var fraction: UInt16 { get }
    static var offset: UInt16 { get }
}

/// Limited to full range: × 255/219, rounded.
enum ExpandedLuma: SampleMap {
    static var lowest: UInt8 { 16 }
    static var highest: UInt8 { 235 }
    static var isSteep: Bool { true }
    static var fraction: UInt16 { 10773 }
    static var offset: UInt16 { 128 }
}

/// Limited to full range: × 255/224, rounded.
enum ExpandedChroma: SampleMap {
    static var lowest: UInt8 { 16 }
    static var highest: UInt8 { 240 }
    static var isSteep: Bool { true }
    static var fraction: UInt16 { 9070 }
    static var offset: UInt16 { 255 }
}

/// Full to limited range: × 219/255, rounded.
enum CompressedLuma: SampleMap {
    static var lowest: UInt8 { 0 }
    static var highest: UInt8 { 255 }
    static var isSteep: Bool { false }
    static var fraction: UInt16 { 9252 }
    static var offset: UInt16 { 4223 }
}

/// Full to limited range: × 224/255, rounded.
enum CompressedChroma: SampleMap {
    static var lowest: UInt8 { 0 }
    static var highest: UInt8 { 255 }
    static var isSteep: Bool { false }
    static var fraction: UInt16 { 7967 }
    static var offset: UInt16 { 4110 }
}

extension SampleMap {
    /// One sample.
    @inline(__always)
    static func map(_ sample: UInt8) -> UInt8 {
        let above = UInt16(min(max(sample, lowest), highest) &- lowest)
        let whole = above &<< 8
        let part = UInt16(truncatingIfNeeded: (UInt32(whole) &* UInt32(fraction)) &>> 16)
        return UInt8(truncatingIfNeeded: ((isSteep ? whole &+ part : whole &- part) &+ offset) &>> 8)
    }

    /// A plane, to another or to itself.
    static func apply(
        _ source: UnsafeMutablePointer<UInt8>, _ sourceStride: Int, _ target: UnsafeMutablePointer<UInt8>,
        _ targetStride: Int, _ width: Int, _ height: Int
    ) {
        // By way of a piece that is nobody's: of source and target the compiler can't know that they don't overlap.
        var piece = InlineArray<64, UInt8>(repeating: 0)
        for row in 0..<height {
            let from = unsafe source + row * sourceStride
            let into = unsafe target + row * targetStride
            var column = 0
            while column + 64 <= width {
                for place in 0..<64 { unsafe piece[unchecked: place] = from[column + place] }
                for place in 0..<64 { unsafe into[column + place] = map(piece[unchecked: place]) }
                column += 64
            }
            while column < width {
                unsafe into[column] = map(from[column])
                column += 1
            }
        }
    }
}
