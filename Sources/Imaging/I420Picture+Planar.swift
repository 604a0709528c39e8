import CYUV

/// How the chroma of planar samples is subsampled.
public enum PlanarSampling: Hashable, Sendable {
    case c420, c422, c444, mono
}

extension I420Picture {
    /// Fills the picture from planes of its own width and height that follow each other without gaps: Y, Cb, Cr; or
    /// Y alone. Chroma of more samples is averaged. Odd sizes have chroma planes of half the size, rounded up.
    /// - Parameter fullRange: the samples go from 0 to 255, and are mapped to limited range.
    /// - Precondition: there are as many bytes as the size and the sampling need.
    public func load(planes: RawSpan, sampling: PlanarSampling, fullRange: Bool = false) {
        let chroma =
            switch sampling {
            case .c420: (columns: chromaWidth, rows: chromaHeight)
            case .c422: (columns: chromaWidth, rows: height)
            case .c444: (columns: width, rows: height)
            case .mono: (columns: 0, rows: 0)
            }
        precondition(planes.byteCount >= width * height + 2 * chroma.columns * chroma.rows, "too few samples")
        unsafe planes.withUnsafeBytes { bytes in
            guard let y = unsafe bytes.assumingMemoryBound(to: UInt8.self).baseAddress else { return }
            let u = unsafe y + width * height
            let v = unsafe u + chroma.columns * chroma.rows
            let line = Int32(chroma.columns)
            switch sampling {
            case .c420:
                _ = unsafe I420Copy(
                    y, Int32(width), u, line, v, line, luma, Int32(lumaStride), blueDifference, Int32(chromaStride),
                    redDifference, Int32(chromaStride), Int32(width), Int32(height))
            case .c422:
                _ = unsafe I422ToI420(
                    y, Int32(width), u, line, v, line, luma, Int32(lumaStride), blueDifference, Int32(chromaStride),
                    redDifference, Int32(chromaStride), Int32(width), Int32(height))
            case .c444:
                _ = unsafe I444ToI420(
                    y, Int32(width), u, line, v, line, luma, Int32(lumaStride), blueDifference, Int32(chromaStride),
                    redDifference, Int32(chromaStride), Int32(width), Int32(height))
            case .mono:
                _ = unsafe I400ToI420(
                    y, Int32(width), luma, Int32(lumaStride), blueDifference, Int32(chromaStride), redDifference,
                    Int32(chromaStride), Int32(width), Int32(height))
            }
        }
        if fullRange { QuantizationRange.compress(self) }
    }
}
