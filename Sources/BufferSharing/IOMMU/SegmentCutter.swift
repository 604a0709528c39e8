/// Makes the device's segments of pieces of memory: joins what follows each other, and cuts what is too long or
/// crosses a boundary. What `__finalise_sg` of the kernel's dma-iommu does.
struct SegmentCutter {
    private let constraints: DMAConstraints
    private(set) var segments: [DMASegment] = []

    init(_ constraints: DMAConstraints) {
        self.constraints = constraints
    }

    /// Whether the device can take what there is by now.
    var isWithinCount: Bool { segments.count <= constraints.maximumSegmentCount }

    /// Adds the next piece of the buffer. Only the last one may have a length that isn't whole pages.
    mutating func append(address: UInt64, length: Int) {
        var piece = DMASegment(address: address, length: length)
        if let last = segments.last, last.end == address {
            segments.removeLast()
            piece = DMASegment(address: last.address, length: last.length + length)
        }
        while piece.length > 0 {
            let cut = longestCut(of: piece)
            segments.append(DMASegment(address: piece.address, length: cut))
            piece = DMASegment(address: piece.address + UInt64(cut), length: piece.length - cut)
        }
    }

    private func longestCut(of piece: DMASegment) -> Int {
        let limit = constraints.maximumSegmentSize
        let size = piece.length <= limit ? piece.length : limit & ~(DMAConstraints.pageSize - 1)
        let mask = constraints.segmentBoundaryMask
        // Counted to the last byte, as without a boundary the size itself can't be expressed.
        let lastByte = min(UInt64(size - 1), mask - piece.address & mask)
        return Int(lastByte) + 1
    }
}
