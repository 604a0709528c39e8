import CVideoABI
import Synchronization

typealias Handle = UnsafeMutablePointer<vb2_handle>
typealias Page = UnsafeMutablePointer<vb2_page>

/// A word of the page as an atomic; `offset` is one of VB2_AT_*.
@inline(__always)
func word(_ page: Page, _ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe (UnsafeMutableRawPointer(page) + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
}

/// The `done` word: epoch in the high half, buffers that can be dequeued in the low half.
@inline(__always)
func doneWord(_ page: Page) -> UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe (UnsafeMutableRawPointer(page) + VB2_AT_DONE).assumingMemoryBound(to: Atomic<UInt64>.self)
}

/// Buffers that can be dequeued now.
@inline(__always)
func availableCount(_ page: Page) -> UInt32 {
    unsafe UInt32(truncatingIfNeeded: doneWord(page).pointee.load(ordering: .sequentiallyConsistent))
}

@inline(__always)
func slot(_ page: Page, _ index: UInt32) -> UnsafeMutablePointer<vb2_slot> {
    let slots = unsafe UnsafeMutableRawPointer(page) + Int(page.pointee.slots_offset)
    return unsafe (slots + Int(index) * MemoryLayout<vb2_slot>.stride).assumingMemoryBound(to: vb2_slot.self)
}

@inline(__always)
func slotPlane(_ slot: UnsafeMutablePointer<vb2_slot>, _ index: Int) -> UnsafeMutablePointer<vb2_plane_slot> {
    let planes = unsafe UnsafeMutableRawPointer(slot) + (MemoryLayout<vb2_slot>.size - planesBytes)
    return unsafe (planes + index * MemoryLayout<vb2_plane_slot>.stride)
        .assumingMemoryBound(to: vb2_plane_slot.self)
}

/// The planes stand at the end of a slot.
private let planesBytes = 8 * MemoryLayout<vb2_plane_slot>.stride

/// An entry of the done ring: the index of a completed buffer.
@inline(__always)
func doneEntry(_ page: Page, at position: UInt32) -> UInt32 {
    let entries = unsafe UnsafeMutableRawPointer(page) + Int(page.pointee.done_offset)
    let place = unsafe Int(position & (page.pointee.ring_capacity &- 1))
    return unsafe (entries + place * 4).assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(ordering: .relaxed)
}

@inline(__always)
func setQueuedEntry(_ page: Page, at position: UInt32, _ entry: UInt64) {
    let entries = unsafe UnsafeMutableRawPointer(page) + Int(page.pointee.queued_offset)
    let place = unsafe Int(position & (page.pointee.ring_capacity &- 1))
    unsafe (entries + place * 8).assumingMemoryBound(to: Atomic<UInt64>.self).pointee.store(entry, ordering: .relaxed)
}
