/// What is known about one pixel format: its name, and how its samples lie in memory.
///
/// `all` lists the formats that this package can fill and read.
public struct PixelFormat: Hashable, Sendable {
    public let fourCC: FourCC
    /// The kernel's text for VIDIOC_ENUM_FMT (`v4l_fill_fmtdesc` in `v4l2-ioctl.c`); at most 31 bytes.
    public let name: String
    /// How many buffers a frame needs: 1, or more for the M formats of the multi-planar API.
    public let memoryPlanes: Int
    /// The arrays of samples, in the order in which they lie in memory. Empty if compressed.
    public let samplePlanes: [SamplePlane]
    /// Where each colour component lies within those. Empty if compressed.
    public let components: [ComponentLayout]
    /// Whether the size of a frame depends on its content (`V4L2_FMT_FLAG_COMPRESSED`).
    public let isCompressed: Bool
    /// Whether the samples are luma and chroma, or luma alone (then the range is limited by default),
    /// rather than red, green and blue. True for MJPG too, although its range is full.
    public let isYUV: Bool

    /// The description of a format; nil if this package doesn't know it.
    public static func find(_ fourCC: FourCC) -> PixelFormat? {
        all.first { $0.fourCC == fourCC }
    }

    /// The smallest step in which width and height can change: 2 where chroma is shared by pixels.
    public var sizeStep: FrameSize {
        var step = FrameSize(width: 1, height: 1)
        for component in components {
            step.width = max(step.width, component.horizontalSubsampling)
            step.height = max(step.height, component.verticalSubsampling)
        }
        return step
    }
}

/// One array of samples: luma, chroma, or packed pixels.
public struct SamplePlane: Hashable, Sendable {
    /// The index of the buffer that holds it.
    public let memoryPlane: Int
    /// Bits in a line of this array per pixel of the frame's width.
    public let bitsPerPixel: UInt32
    /// Lines of the frame per line of this array: 1 or 2.
    public let verticalSubsampling: UInt32
}

/// One component of a colour. Luma counts as one; so do blue and red difference (Cb and Cr).
public enum ColourComponent: Hashable, Sendable {
    case luma, blueDifference, redDifference
    case red, green, blue, alpha
}

/// Where one colour component lies within its array of samples.
public struct ComponentLayout: Hashable, Sendable {
    public let component: ColourComponent
    /// Index into `PixelFormat.samplePlanes`.
    public let samplePlane: Int
    /// Bytes from the start of a line to the first sample.
    public let offset: Int
    /// Bytes from one sample to the next in a line.
    public let step: Int
    /// Pixels of a line that share one sample: 1 or 2.
    public let horizontalSubsampling: UInt32
    /// Lines that share one sample: 1 or 2.
    public let verticalSubsampling: UInt32
}
