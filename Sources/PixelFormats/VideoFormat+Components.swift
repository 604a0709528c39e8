/// Where the samples of one colour component lie in a frame's buffers.
public struct ComponentLocation: Hashable, Sendable {
    /// The index of the buffer.
    public var plane: Int
    /// Bytes from the start of the buffer to the first sample.
    public var offset: Int
    /// Bytes from one line of samples to the next.
    public var stride: Int
    /// Bytes from one sample to the next in a line.
    public var step: Int
    /// Samples in a line.
    public var columns: Int
    /// Lines of samples.
    public var rows: Int

    public init(plane: Int = 0, offset: Int = 0, stride: Int, step: Int, columns: Int, rows: Int) {
        self.plane = plane
        self.offset = offset
        self.stride = stride
        self.step = step
        self.columns = columns
        self.rows = rows
    }
}

extension VideoFormat {
    /// Where a component begins, for formats in one buffer and in several alike.
    ///
    /// Follows this format's own strides, so it also holds for what a real device says; `rows` and
    /// `columns` are the frame's, rounded up where pixels share a sample.
    /// Nil if the format is unknown, compressed, or has no such component, or has fewer planes than the
    /// format needs. The strides aren't checked against the sizes: see `fits(_:)`.
    public func location(of component: ColourComponent) -> ComponentLocation? {
        guard let format = PixelFormat.find(fourCC), planeCount >= format.memoryPlanes,
            let layout = format.components.first(where: { $0.component == component })
        else { return nil }

        let home = format.samplePlanes[layout.samplePlane]
        // The arrays of one buffer follow each other, and the first one's stride decides.
        var offset = 0
        var stride = Int(planes[home.memoryPlane].bytesPerLine)
        var firstBits: UInt32 = 0
        for (index, plane) in format.samplePlanes.enumerated() where plane.memoryPlane == home.memoryPlane {
            if firstBits == 0 { firstBits = plane.bitsPerPixel }
            stride = Int(planes[home.memoryPlane].bytesPerLine) * Int(plane.bitsPerPixel) / Int(firstBits)
            if index == layout.samplePlane { break }
            offset += stride * Self.share(size.height, plane.verticalSubsampling)
        }
        return ComponentLocation(
            plane: home.memoryPlane, offset: offset + layout.offset, stride: stride, step: layout.step,
            columns: Self.share(size.width, layout.horizontalSubsampling),
            rows: Self.share(size.height, layout.verticalSubsampling))
    }

    /// Whether every sample of the frame lies within buffers of these lengths, in bytes.
    ///
    /// True for a compressed format whose one buffer isn't empty. False for an unknown format, too few
    /// buffers, a stride below the length of a line or of 16 MiB and more, or a size that isn't a multiple of the
    /// format's step.
    /// To be asked before touching a buffer whose size or stride came from somebody else.
    public func fits(_ lengths: InlineArray<8, Int>) -> Bool {
        guard let format = PixelFormat.find(fourCC), planeCount >= format.memoryPlanes else { return false }
        if format.isCompressed { return lengths[0] > 0 }
        guard size.width > 0, size.height > 0, size.width <= Self.largestDimension,
            size.height <= Self.largestDimension, size.width % format.sizeStep.width == 0,
            size.height % format.sizeStep.height == 0
        else { return false }
        var ends = InlineArray<8, Int>(repeating: 0)
        var firstBits = InlineArray<8, Int>(repeating: 0)
        for plane in format.samplePlanes {
            let home = plane.memoryPlane
            if firstBits[home] == 0 { firstBits[home] = Int(plane.bitsPerPixel) }
            let stride = Int(planes[home].bytesPerLine) * Int(plane.bitsPerPixel) / firstBits[home]
            let line = Int(size.width) * Int(plane.bitsPerPixel) / 8
            let rows = Int(size.height / plane.verticalSubsampling)
            guard stride >= line, stride < 1 << 24, ends[home] + (rows - 1) * stride + line <= lengths[home] else {
                return false
            }
            ends[home] += rows * stride
        }
        return true
    }

    private static func share(_ length: UInt32, _ subsampling: UInt32) -> Int {
        (Int(length) + Int(subsampling) - 1) / Int(subsampling)
    }
}
