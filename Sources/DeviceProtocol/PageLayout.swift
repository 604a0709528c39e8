import CVideoABI

/// Where the parts of a shared page stand. One layout for a given number of slots, on either side.
package struct PageLayout: Sendable, Equatable {
    /// Buffers at most.
    package let slotCount: Int
    /// Entries of each ring: a power of two.
    package let ringCapacity: Int
    package let queuedOffset: Int
    package let doneOffset: Int
    package let slotsOffset: Int
    /// Of the whole mapping, in whole memory pages.
    package let byteCount: Int

    /// - Parameters:
    ///   - slotCount: 1 to 32768.
    ///   - pageSize: bytes of a memory page.
    package init(slotCount: Int, pageSize: Int) {
        let slots = min(max(slotCount, 1), 32768)
        self.slotCount = slots
        var capacity = 1
        while capacity < slots { capacity *= 2 }
        ringCapacity = capacity
        queuedOffset = unsafe MemoryLayout<vb2_page>.size
        doneOffset = queuedOffset + capacity * MemoryLayout<UInt64>.size
        slotsOffset = (doneOffset + capacity * MemoryLayout<UInt32>.size + 63) & ~63
        let end = slotsOffset + slots * MemoryLayout<vb2_slot>.stride
        byteCount = (end + pageSize - 1) & ~(pageSize - 1)
    }
}
