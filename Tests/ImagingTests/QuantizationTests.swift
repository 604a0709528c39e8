import Testing

@testable import Imaging

/// The fixed-point maps between limited and full range against the exact fractions.
@Suite struct QuantizationTests {
    /// (sample − from) × numerator / denominator + to, rounded half away from `to`, and clamped.
    private func exact(_ sample: Int, from: Int, to: Int, _ numerator: Int, _ denominator: Int) -> UInt8 {
        let twice = (sample - from) * numerator * 2
        let rounded = (abs(twice) + denominator) / (2 * denominator)
        return UInt8(clamping: to + (twice < 0 ? -rounded : rounded))
    }

    @Test func eachSampleIsExact() {
        for sample in 0...255 {
            let value = UInt8(sample)
            #expect(ExpandedLuma.map(value) == exact(sample, from: 16, to: 0, 255, 219), "\(sample)")
            #expect(ExpandedChroma.map(value) == exact(sample, from: 128, to: 128, 255, 224))
            #expect(CompressedLuma.map(value) == exact(sample, from: 0, to: 16, 219, 255))
            #expect(CompressedChroma.map(value) == exact(sample, from: 128, to: 128, 224, 255))
        }
    }
}
