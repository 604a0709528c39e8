/// Stride and size of one buffer of a frame (`v4l2_plane_pix_format`).
public struct PlaneGeometry: Hashable, Sendable {
    /// Bytes from the start of a line to the start of the next, of the first array in the buffer.
    /// 0 for compressed formats.
    public var bytesPerLine: UInt32
    /// Bytes that the buffer must have.
    public var sizeImage: UInt32

    public init(bytesPerLine: UInt32 = 0, sizeImage: UInt32 = 0) {
        self.bytesPerLine = bytesPerLine
        self.sizeImage = sizeImage
    }
}

/// A frame's format, complete: what `v4l2_pix_format` and `v4l2_pix_format_mplane` say.
public struct VideoFormat: Sendable {
    /// Most planes that a format of the multi-planar API can have (`VIDEO_MAX_PLANES`).
    public static let maximumPlaneCount = 8

    public var fourCC: FourCC
    public var size: FrameSize
    public var field: FieldOrder
    public var colorimetry: Colorimetry
    /// How many of `planes` are in use: the number of buffers per frame.
    public var planeCount: Int
    /// The planes; those from `planeCount` on are zero.
    public var planes: InlineArray<8, PlaneGeometry>

    /// A format of which every value is given: for what another device says. See `layout` to compute one.
    /// - Precondition: at most eight planes.
    public init(
        fourCC: FourCC, size: FrameSize, field: FieldOrder = .none, colorimetry: Colorimetry = Colorimetry(),
        planes: [PlaneGeometry]
    ) {
        precondition(planes.count <= Self.maximumPlaneCount, "a frame has at most eight planes")
        self.fourCC = fourCC
        self.size = size
        self.field = field
        self.colorimetry = colorimetry
        self.planeCount = planes.count
        self.planes = InlineArray { $0 < planes.count ? planes[$0] : PlaneGeometry() }
    }
}

extension VideoFormat: Hashable {
    public static func == (left: VideoFormat, right: VideoFormat) -> Bool {
        left.fourCC == right.fourCC && left.size == right.size && left.field == right.field
            && left.colorimetry == right.colorimetry && left.planeCount == right.planeCount
            && (0..<maximumPlaneCount).allSatisfy { left.planes[$0] == right.planes[$0] }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(fourCC)
        hasher.combine(size)
        hasher.combine(field)
        hasher.combine(colorimetry)
        hasher.combine(planeCount)
        for index in 0..<Self.maximumPlaneCount { hasher.combine(planes[index]) }
    }
}

extension VideoFormat: CustomStringConvertible {
    /// As people write it: `YUYV 640x480`.
    public var description: String { "\(fourCC) \(size)" }
}
