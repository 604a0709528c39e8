extension VideoFormat {
    /// The widest line, in pixels, to which a requested stride is honoured.
    static let widestStride: UInt32 = 4096
    /// The largest width or height that `layout` computes; above it sizes could leave 32 bits.
    static let largestDimension: UInt32 = 16384

    /// The format with the strides and sizes that the kernel's test driver would give (`vivid-vid-cap.c`).
    ///
    /// A requested `bytesPerLine` between the line's own length and that of 4096 pixels is honoured (made
    /// even for formats with half-width chroma arrays); a smaller one is raised, a larger one is cut. In a
    /// format of several arrays in one buffer, it is the luma array's, and the others' follow from it.
    ///
    /// MJPG has no stride, and room for 2 bytes a pixel (of the size rounded up to whole 16x16 blocks) and
    /// 4096 for headers: more than a camera's picture takes at a quality up to 95. Noise can exceed it; the
    /// writer then lowers the quality for that frame.
    ///
    /// The colorimetry is sRGB with defaults (for MJPG: JPEG's), the field order progressive.
    /// Nil if the format isn't in `PixelFormat.all`, or if a dimension is zero, above 16384, or odd where
    /// two pixels share chroma.
    public static func layout(_ fourCC: FourCC, size: FrameSize, bytesPerLine: UInt32 = 0) -> VideoFormat? {
        guard let format = PixelFormat.find(fourCC), size.width > 0, size.height > 0,
            size.width <= largestDimension, size.height <= largestDimension,
            size.width % format.sizeStep.width == 0, size.height % format.sizeStep.height == 0
        else { return nil }

        guard let first = format.samplePlanes.first else {
            let blocks = ((size.width + 15) / 16) * ((size.height + 15) / 16)
            return VideoFormat(
                fourCC: fourCC, size: size, colorimetry: .jpeg,
                planes: [PlaneGeometry(bytesPerLine: 0, sizeImage: blocks * 256 * 2 + 4096)])
        }

        let least = size.width * first.bitsPerPixel / 8
        let most = max(least, widestStride * first.bitsPerPixel / 8)
        var stride = min(max(bytesPerLine, least), most)
        if format.samplePlanes.contains(where: { $0.bitsPerPixel < first.bitsPerPixel }) { stride += stride % 2 }

        var planes = [PlaneGeometry](repeating: PlaneGeometry(), count: format.memoryPlanes)
        for plane in format.samplePlanes {
            let line = stride * plane.bitsPerPixel / first.bitsPerPixel
            if planes[plane.memoryPlane].sizeImage == 0 { planes[plane.memoryPlane].bytesPerLine = line }
            planes[plane.memoryPlane].sizeImage += line * (size.height / plane.verticalSubsampling)
        }
        return VideoFormat(fourCC: fourCC, size: size, colorimetry: .sRGB, planes: planes)
    }
}
