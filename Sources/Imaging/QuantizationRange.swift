/// Between the limited range of video (luma 16 to 235, chroma 16 to 240) and the full range that JPEG files
/// have (0 to 255 each).
struct QuantizationRange {
    private let luma: [UInt8]
    private let chroma: [UInt8]

    /// Tables for video to JPEG.
    static let expanding = QuantizationRange { value, steps, base in
        (value - base) * 255 * 2 / steps + (value >= base ? 1 : -1)
    }

    /// Tables for JPEG to video.
    static let compressing = QuantizationRange { value, steps, base in
        (value * steps * 2 / 255 + (value >= 0 ? 1 : -1)) + 2 * base
    }

    /// `map` gives twice the result and one more, so that halving it rounds.
    private init(_ map: (_ value: Int, _ steps: Int, _ base: Int) -> Int) {
        luma = (0..<256).map { UInt8(clamping: map($0, 219, 16) / 2) }
        chroma = (0..<256).map { UInt8(clamping: map($0 - 128, 224, 0) / 2 + 128) }
    }

    /// Writes a picture's samples, mapped, to another of the same size, or to itself.
    func convert(_ source: I420Picture, to target: I420Picture) {
        unsafe Self.map(
            luma, source.luma, source.lumaStride, target.luma, target.lumaStride, source.width, source.height)
        unsafe Self.map(
            chroma, source.blueDifference, source.chromaStride, target.blueDifference, target.chromaStride,
            source.chromaWidth, source.chromaHeight)
        unsafe Self.map(
            chroma, source.redDifference, source.chromaStride, target.redDifference, target.chromaStride,
            source.chromaWidth, source.chromaHeight)
    }

    private static func map(
        _ table: [UInt8], _ source: UnsafeMutablePointer<UInt8>, _ sourceStride: Int,
        _ target: UnsafeMutablePointer<UInt8>, _ targetStride: Int, _ width: Int, _ height: Int
    ) {
        unsafe table.withUnsafeBufferPointer { table in
            for row in 0..<height {
                let from = unsafe source + row * sourceStride
                let into = unsafe target + row * targetStride
                for column in 0..<width { unsafe into[column] = table[Int(from[column])] }
            }
        }
    }
}
