import CVideoABI
import Synchronization

/// A duplicate of each DMABUF's descriptor, of the file that is known to be what the server has attached.
///
/// Whether two descriptors are of one open file is a question that costs half of fstat (F_DUPFD_QUERY, Linux 6.10), and
/// needs a second descriptor to ask it with. There is one for each plane at most, hidden from the program, and only of
/// what is queued again and again; it is closed when another file comes, and when the buffers are freed. So memory
/// lives no longer than it does with the kernel's attachment. Where no duplicate is to be had, fstat is asked.
///
/// All of it under the page's lock; who closes a number or moves it holds the request lock too, so that no number is
/// closed that has become the program's.
enum Witnesses {
    /// Whether the number is of the same open file as the plane's witness.
    @inline(__always)
    static func know(
        _ handle: Handle, _ fd: Int32, _ kept: UnsafeMutablePointer<vb2_plane_slot>, _ place: Int
    ) -> Bool {
        guard let table = unsafe handle.pointee.witnesses else { return false }
        let witness = unsafe table + place
        // Of another allocation it is of another file, or of the same one by chance, which is as good.
        guard unsafe witness.pointee.inode == kept.pointee.inode, unsafe witness.pointee.device == kept.pointee.device
        else { return false }
        let number = unsafe descriptor(witness).pointee.load(ordering: .sequentiallyConsistent)
        guard number > 0, System.areSameOpenFile(fd, number) else { return false }
        // Looked at again: dup2() may have moved it, and put another file there.
        return unsafe descriptor(witness).pointee.load(ordering: .sequentiallyConsistent) == number
    }

    /// The number is of the file that the server has attached, as fstat says.
    @inline(never)
    static func learn(
        _ handle: Handle, _ page: Page, _ fd: Int32, _ kept: UnsafeMutablePointer<vb2_plane_slot>, _ place: Int
    ) {
        // Whoever uses another number each time would only pay for duplicates.
        guard unsafe kept.pointee.descriptor == fd, unsafe handle.pointee.witnesses_are_useless == 0,
            let table = unsafe table(handle, page)
        else { return }
        unsafe forget(handle, place)
        let copy = vb2_edge_duplicate(fd)
        guard copy > 0 else { return }
        guard System.areSameOpenFile(fd, copy) else {
            // The kernel can't tell.
            unsafe handle.pointee.witnesses_are_useless = 1
            return vb2_edge_unhide(copy)
        }
        let witness = unsafe table + place
        unsafe witness.pointee.device = kept.pointee.device
        unsafe witness.pointee.inode = kept.pointee.inode
        unsafe descriptor(witness).pointee.store(copy, ordering: .sequentiallyConsistent)
    }

    /// Another file comes.
    @inline(never)
    static func forget(_ handle: Handle, _ place: Int) {
        guard let table = unsafe handle.pointee.witnesses else { return }
        let witness = unsafe table + place
        // The child of a vfork has numbers of its own, and its parent's table.
        if unsafe descriptor(witness).pointee.load(ordering: .relaxed) == 0 || vb2_edge_is_borrowed() { return }
        _ = unsafe pthread_mutex_lock(&handle.pointee.request_lock)
        unsafe close(witness)
        _ = unsafe pthread_mutex_unlock(&handle.pointee.request_lock)
    }

    /// The buffers were freed.
    static func forgetAll(_ handle: Handle) {
        guard unsafe handle.pointee.witnesses != nil else { return }
        let count = unsafe count(handle)
        for place in 0..<count { unsafe forget(handle, place) }
    }

    /// Nobody else has the handle: the handle goes away, or this is the child of a fork and its numbers are its own.
    static func discard(_ handle: Handle) {
        guard let table = unsafe handle.pointee.witnesses else { return }
        let count = unsafe count(handle)
        for place in 0..<count { unsafe close(table + place) }
        unsafe handle.pointee.witnesses = nil
        unsafe System.unmap(UnsafeMutableRawPointer(table), handle.pointee.witness_bytes)
    }

    private static func close(_ witness: UnsafeMutablePointer<vb2_witness>) {
        let number = unsafe descriptor(witness).pointee.exchange(0, ordering: .sequentiallyConsistent)
        if number > 0 { vb2_edge_unhide(number) }
    }

    private static func count(_ handle: Handle) -> Int {
        unsafe Int(handle.pointee.witness_bytes) / MemoryLayout<vb2_witness>.stride
    }

    private static func table(_ handle: Handle, _ page: Page) -> UnsafeMutablePointer<vb2_witness>? {
        if let table = unsafe handle.pointee.witnesses { return unsafe table }
        let entries = unsafe UInt64(page.pointee.slot_count) * UInt64(VB2_PLANES)
        let bytes = entries * UInt64(MemoryLayout<vb2_witness>.stride)
        let mapped = unsafe System.map(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1)
        guard mapped > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(mapped)) else { return nil }
        let table = unsafe base.assumingMemoryBound(to: vb2_witness.self)
        unsafe handle.pointee.witness_bytes = bytes
        unsafe handle.pointee.witnesses = table
        return unsafe table
    }

    @inline(__always)
    private static func descriptor(_ witness: UnsafeMutablePointer<vb2_witness>) -> UnsafeMutablePointer<Atomic<Int32>>
    {
        unsafe UnsafeMutableRawPointer(witness).assumingMemoryBound(to: Atomic<Int32>.self)
    }
}
