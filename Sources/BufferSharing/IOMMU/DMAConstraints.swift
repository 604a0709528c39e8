/// What a device asks of the addresses that it is given: how far it can count, and in how large and how many pieces
/// its DMA engine takes a buffer.
///
/// The kernel keeps these in `struct device` (`dma_mask`) and `struct device_dma_parameters` (`max_segment_size`,
/// `segment_boundary_mask`); the number of segments is the driver's own knowledge there, and 1 is what
/// videobuf2-dma-contig stands for. A device that says nothing has 32 bits, 64 KiB and 4 GiB in the kernel; here it
/// has 32 bits, and no other limit.
public struct DMAConstraints: Hashable, Sendable {
    /// In bytes. An IOMMU translates whole pages of this size.
    public static let pageSize = 4096

    /// How many bits an address of the device has (its DMA mask): 12 to 64.
    public var addressBits: Int
    /// In bytes; at least a page. A segment that has to be cut is cut at a page's end.
    public var maximumSegmentSize: Int
    /// A segment doesn't cross a multiple of this plus 1, which is a power of two of at least a page.
    public var segmentBoundaryMask: UInt64
    /// At least 1; and 1 means that the buffer must be in one piece in the device's addresses.
    public var maximumSegmentCount: Int

    public init(
        addressBits: Int = 32, maximumSegmentSize: Int = .max, segmentBoundaryMask: UInt64 = .max,
        maximumSegmentCount: Int = .max
    ) {
        self.addressBits = addressBits
        self.maximumSegmentSize = maximumSegmentSize
        self.segmentBoundaryMask = segmentBoundaryMask
        self.maximumSegmentCount = maximumSegmentCount
    }

    /// Whether every value is in its range. A map with others fails (EINVAL).
    public var isValid: Bool {
        (12...64).contains(addressBits) && maximumSegmentSize >= Self.pageSize && maximumSegmentCount >= 1
            && segmentBoundaryMask >= UInt64(Self.pageSize - 1) && segmentBoundaryMask & (segmentBoundaryMask &+ 1) == 0
    }

    /// The last byte that the device can address.
    public var highestAddress: UInt64 {
        if addressBits >= 64 { return .max }
        return addressBits <= 0 ? 0 : 1 << UInt64(addressBits) - 1
    }
}

/// A part of a buffer that is in one piece in the device's addresses (`sg_dma_address` and `sg_dma_len`).
public struct DMASegment: Hashable, Sendable {
    /// The device's address of the first byte; a multiple of the page size.
    public var address: UInt64
    /// In bytes, more than 0.
    public var length: Int

    public init(address: UInt64, length: Int) {
        self.address = address
        self.length = length
    }

    /// The address after the last byte.
    public var end: UInt64 { address + UInt64(length) }
}
