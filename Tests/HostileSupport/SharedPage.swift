import CVideoABI
package import LinuxSystem
import Synchronization

/// The shared page in the hands of somebody who means harm: any word can be written, at any time.
///
/// `@unchecked Sendable`, as threads write to it at once on purpose. Each word is written atomically.
@safe
package final class SharedPage: @unchecked Sendable {
    private let mapping: MemoryMapping

    package init(_ mapping: consuming MemoryMapping) {
        self.mapping = mapping
    }

    package var byteCount: Int { mapping.count }

    /// A word; an offset beyond the page counts from its start again.
    package subscript(offset: Int) -> UInt32 {
        get { unsafe word(offset).pointee.load(ordering: .sequentiallyConsistent) }
        set { unsafe word(offset).pointee.store(newValue, ordering: .sequentiallyConsistent) }
    }

    private func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        let place = (offset % mapping.count) & ~3
        return unsafe (mapping.base + place).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    private func header(_ field: Int) -> Int { Int(self[field * 4]) }
    package var slotCount: Int { header(3) }
    package var ringCapacity: Int { header(4) }
    package var slotsOffset: Int { header(5) }
    package var queuedOffset: Int { header(6) }

    package var epoch: UInt32 { self[VB2_AT_EPOCH] }

    /// Publishes an entry of the queued ring, whatever it says.
    package func forge(index: UInt32, epoch: UInt32) {
        let tail = self[VB2_AT_QUEUED_TAIL]
        // The header is the program's to spoil too: no number in it is believed here either.
        let place = (queuedOffset & 0xFFFF) + Int(tail & 31) * 8
        self[place] = index
        self[place + 4] = epoch
        self[VB2_AT_QUEUED_TAIL] = tail &+ 1
    }

    /// The words that mean most.
    package static let fields = [
        VB2_AT_GATE, VB2_AT_EPOCH, VB2_AT_ALLOCATION, VB2_AT_STATE, VB2_AT_DONE, VB2_AT_DONE + 4, VB2_AT_WAKES_SENT,
        VB2_AT_ASLEEP, VB2_AT_EVENTS, VB2_AT_PRESSURE, VB2_AT_QUEUED_TAIL, VB2_AT_WAKES_PAID, VB2_AT_WAITER,
        VB2_AT_SLEEPERS, VB2_AT_COPIES, VB2_AT_YIELDS, VB2_AT_LOCK, VB2_AT_WAITER_LOCK, VB2_AT_MINIMUM_LENGTH,
        VB2_AT_MINIMUM_PAYLOAD,
    ]
}
