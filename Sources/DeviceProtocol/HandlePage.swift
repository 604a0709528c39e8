import CVideoABI
package import LinuxSystem
import Synchronization

/// The server's end of one handle's shared page.
///
/// It writes what is the server's, and reads the program's words once, atomically. What it reads may be
/// anything at all: the callers check it against their own state. The same goes for what it adds to, as
/// the program can write there too: so sums wrap around, where `add` would trap.
@safe
package final class HandlePage {
    package let layout: PageLayout
    private let file: MemoryFile
    private let memory: MemoryMapping

    /// A page that has no queue behind it yet: the gate is shut.
    /// - Parameters:
    ///   - bufferType: V4L2_BUF_TYPE_* of the device's queue.
    ///   - node: N of /dev/videoN.
    /// - Throws: ENOMEM, EMFILE, ENFILE.
    package init(slotCount: Int, bufferType: UInt32, isOutput: Bool, node: UInt32) throws(Errno) {
        layout = PageLayout(slotCount: slotCount, pageSize: Memory.pageSize)
        file = try MemoryFile.create(name: "vb2-handle", size: layout.byteCount)
        memory = try MemoryMapping(descriptor: file.descriptor, length: layout.byteCount, access: .readWrite)
        unsafe page.pointee.magic = UInt32(VB2_PAGE_MAGIC)
        unsafe page.pointee.version = UInt32(VB2_PAGE_VERSION)
        unsafe page.pointee.byte_count = UInt32(layout.byteCount)
        unsafe page.pointee.slot_count = UInt32(layout.slotCount)
        unsafe page.pointee.ring_capacity = UInt32(layout.ringCapacity)
        unsafe page.pointee.queued_offset = UInt32(layout.queuedOffset)
        unsafe page.pointee.done_offset = UInt32(layout.doneOffset)
        unsafe page.pointee.slots_offset = UInt32(layout.slotsOffset)
        unsafe page.pointee.buffer_type = bufferType
        unsafe page.pointee.is_output = isOutput ? 1 : 0
        unsafe page.pointee.node = node
        unsafe RobustMutex.initialize(at: memory.base + VB2_AT_LOCK)
        unsafe RobustMutex.initialize(at: memory.base + VB2_AT_WAITER_LOCK)
    }

    /// For SCM_RIGHTS: the process that gets it maps all of it.
    package var descriptor: Int32 { file.descriptor.raw }

    /// The header, for the server's own fields.
    private var page: UnsafeMutablePointer<vb2_page> {
        unsafe memory.base.assumingMemoryBound(to: vb2_page.self)
    }

    // MARK: Atomics

    /// A 32-bit word of the page; `offset` is one of VB2_AT_* or of the rings.
    private func word(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe (memory.base + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    private func longWord(_ offset: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (memory.base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    // MARK: The gate and the terms

    /// The fast paths that are open.
    package var gate: Gate {
        get { unsafe Gate(rawValue: word(VB2_AT_GATE).pointee.load(ordering: .acquiring)) }
        set { unsafe word(VB2_AT_GATE).pointee.store(newValue.rawValue, ordering: .sequentiallyConsistent) }
    }

    /// What the interposed poll reads.
    package var state: PageState {
        get { unsafe PageState(rawValue: word(VB2_AT_STATE).pointee.load(ordering: .relaxed)) }
        set { unsafe word(VB2_AT_STATE).pointee.store(newValue.rawValue, ordering: .releasing) }
    }

    /// The terms of the fast paths. Set while the gate is shut.
    package func setTerms(
        memory: UInt32, bufferCount: Int, planeCount: Int, queueFlags: UInt32, acceptedFlags: UInt32,
        minimumLengths: (Int) -> Int, minimumPayloads: (Int) -> Int
    ) {
        unsafe page.pointee.queue_flags = queueFlags
        unsafe page.pointee.accepted_flags = acceptedFlags
        unsafe page.pointee.memory = memory
        unsafe page.pointee.buffer_count = UInt32(min(bufferCount, layout.slotCount))
        unsafe page.pointee.plane_count = UInt32(planeCount)
        let lengths = unsafe self.memory.base + VB2_AT_MINIMUM_LENGTH
        let payloads = unsafe self.memory.base + VB2_AT_MINIMUM_PAYLOAD
        for plane in 0..<8 {
            let length = plane < planeCount ? UInt32(clamping: minimumLengths(plane)) : 0
            let payload = plane < planeCount ? UInt32(clamping: minimumPayloads(plane)) : 0
            unsafe (lengths + plane * 4).storeBytes(of: length, as: UInt32.self)
            unsafe (payloads + plane * 4).storeBytes(of: payload, as: UInt32.self)
        }
    }

    /// Buffers were freed: what processes mapped of them for themselves is void.
    package func countAllocation() {
        unsafe word(VB2_AT_ALLOCATION).pointee.wrappingAdd(1, ordering: .releasing)
    }

    /// Whether the memory can move, and how often programs' page-table entries stood in the way of that.
    package func setPressure(_ pressure: UInt32) {
        unsafe word(VB2_AT_PRESSURE).pointee.store(pressure, ordering: .releasing)
    }

    /// How often a process has given up its page-table entries, as the page says. Untrusted: only a hint.
    package var yields: UInt32 {
        unsafe word(VB2_AT_YIELDS).pointee.load(ordering: .acquiring)
    }

    /// V4L2 events that wait on this handle.
    package func setPendingEvents(_ count: Int) {
        unsafe word(VB2_AT_EVENTS).pointee.store(UInt32(clamping: count), ordering: .sequentiallyConsistent)
        if count > 0 { _ = unsafe try? Futex.wake(word(VB2_AT_EVENTS), count: .max) }
    }

    /// A thread is blocked in DQBUF, as the page says. Untrusted.
    package var hasWaiter: Bool {
        unsafe word(VB2_AT_WAITER).pointee.load(ordering: .sequentiallyConsistent) != 0
    }

    // MARK: The queued ring

    /// Entries that the program has ever published, modulo 2^32. Untrusted.
    package var queuedTail: UInt32 {
        unsafe word(VB2_AT_QUEUED_TAIL).pointee.load(ordering: .sequentiallyConsistent)
    }

    /// One entry, loaded once: epoch and index. Untrusted.
    package func queuedEntry(at position: UInt32) -> (epoch: UInt32, index: UInt32) {
        let place = Int(position) & (layout.ringCapacity - 1)
        let entry = unsafe longWord(layout.queuedOffset + place * 8).pointee.load(ordering: .relaxed)
        return (UInt32(truncatingIfNeeded: entry >> 32), UInt32(truncatingIfNeeded: entry))
    }

    /// The device sleeps: a QBUF must send WAKE. To be followed by a last look at `queuedTail`.
    package var isAsleep: Bool {
        get { unsafe word(VB2_AT_ASLEEP).pointee.load(ordering: .sequentiallyConsistent) != 0 }
        set { unsafe word(VB2_AT_ASLEEP).pointee.store(newValue ? 1 : 0, ordering: .sequentiallyConsistent) }
    }

    // MARK: The done ring

    /// Writes an entry of the done ring; `announceDone` makes it visible.
    package func setDoneEntry(at position: UInt32, index: Int) {
        let place = Int(position) & (layout.ringCapacity - 1)
        unsafe word(layout.doneOffset + place * 4).pointee.store(UInt32(index), ordering: .relaxed)
    }

    /// One more buffer can be dequeued.
    /// - Returns: whether there was none before: then the doorbell must ring.
    package func announceDone() -> Bool {
        let old = unsafe longWord(VB2_AT_DONE).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
        return UInt32(truncatingIfNeeded: old) == 0
    }

    /// Buffers that can be dequeued, as the page says. Untrusted.
    package var doneCount: UInt32 {
        unsafe UInt32(truncatingIfNeeded: longWord(VB2_AT_DONE).pointee.load(ordering: .sequentiallyConsistent))
    }

    /// Begins the done ring anew: what was in it is void.
    /// - Returns: how many could still be dequeued. Untrusted.
    package func beginEpoch(_ epoch: UInt32) -> UInt32 {
        unsafe word(VB2_AT_EPOCH).pointee.store(epoch, ordering: .relaxed)
        let old = unsafe longWord(VB2_AT_DONE).pointee.exchange(
            UInt64(epoch) << 32, ordering: .sequentiallyConsistent)
        return UInt32(truncatingIfNeeded: old)
    }

    /// Whether a wake is on the socket that nobody has taken yet. Untrusted.
    package var hasUnpaidWake: Bool {
        unsafe word(VB2_AT_WAKES_SENT).pointee.load(ordering: .relaxed)
            != word(VB2_AT_WAKES_PAID).pointee.load(ordering: .sequentiallyConsistent)
    }

    /// No wake is on the socket any more.
    package func forgetWakes() {
        let paid = unsafe word(VB2_AT_WAKES_PAID).pointee.load(ordering: .sequentiallyConsistent)
        unsafe word(VB2_AT_WAKES_SENT).pointee.store(paid, ordering: .sequentiallyConsistent)
    }

    /// A byte that is on the socket now, or is about to be, stands for no 0-to-1 change.
    package func countWake() {
        unsafe word(VB2_AT_WAKES_SENT).pointee.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    /// Copies that the program's half made of this handle's planes. Untrusted, for people to read.
    package var copies: UInt32 {
        unsafe word(VB2_AT_COPIES).pointee.load(ordering: .relaxed)
    }

    // MARK: Slots

    /// Reads slot `index`, each field once. Untrusted.
    package func readSlot(_ index: Int) -> SlotContents {
        unsafe SlotContents(reading: slot(index))
    }

    /// Writes all of slot `index` but its state, then the state.
    package func writeSlot(_ index: Int, _ contents: SlotContents) {
        unsafe contents.write(to: slot(index))
        setSlotState(index, contents.state)
    }

    /// Only the state of slot `index`.
    package func setSlotState(_ index: Int, _ state: SlotState) {
        unsafe word(slotOffset(index)).pointee.store(state.rawValue, ordering: .releasing)
    }

    private func slotOffset(_ index: Int) -> Int {
        layout.slotsOffset + index * MemoryLayout<vb2_slot>.stride
    }

    private func slot(_ index: Int) -> UnsafeMutablePointer<vb2_slot> {
        precondition(index >= 0 && index < layout.slotCount, "Slots are indexed by the queue's own buffers.")
        return unsafe (memory.base + slotOffset(index)).assumingMemoryBound(to: vb2_slot.self)
    }
}
