/// The cookie that stands for a plane in mmap's offset: the plane in bits 12 to 14, the buffer from bit 15.
/// Source: videobuf2-core.c (PLANE_INDEX_SHIFT and BUFFER_INDEX_MASK).
package struct MapOffset: Sendable, Equatable {
    package var index: Int
    package var plane: Int

    package init(index: Int, plane: Int) {
        self.index = index
        self.plane = plane
    }

    /// What stands above the index is not looked at. Source: __find_plane_by_offset.
    /// - Returns: nil inside a page.
    package init?(_ offset: UInt64) {
        guard offset & 0xFFF == 0 else { return nil }
        plane = Int((offset >> 12) & 7)
        index = Int((offset >> 15) & 0x7FFF)
    }

    package var value: UInt32 { UInt32(truncatingIfNeeded: index << 15 | plane << 12) }
}
