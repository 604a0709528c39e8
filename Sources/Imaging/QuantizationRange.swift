/// Between the limited range of video (luma 16 to 235, chroma 16 to 240) and the full range that JPEG files
/// have (0 to 255 each).
enum QuantizationRange {
    /// Video to JPEG: writes a picture's samples, mapped, to another of the same size.
    static func expand(_ source: I420Picture, to target: I420Picture) {
        convert(source, to: target, ExpandedLuma.self, ExpandedChroma.self)
    }

    /// JPEG to video, in place.
    static func compress(_ picture: I420Picture) {
        convert(picture, to: picture, CompressedLuma.self, CompressedChroma.self)
    }

    private static func convert<Luma: SampleMap, Chroma: SampleMap>(
        _ source: I420Picture, to target: I420Picture, _: Luma.Type, _: Chroma.Type
    ) {
        unsafe Luma.apply(
            source.luma, source.lumaStride, target.luma, target.lumaStride, source.width, source.height)
        unsafe Chroma.apply(
            source.blueDifference, source.chromaStride, target.blueDifference, target.chromaStride,
            source.chromaWidth, source.chromaHeight)
        unsafe Chroma.apply(
            source.redDifference, source.chromaStride, target.redDifference, target.chromaStride,
            source.chromaWidth, source.chromaHeight)
    }
}
