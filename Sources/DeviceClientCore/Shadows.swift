import CVideoABI
import Synchronization

/// This process's own views of a queue's planes, for the memory that the server can't reach: USERPTR
/// buffers, and the callers of read() and write(). One mapping for each plane, kept until the buffers go.
enum Shadows {
    /// The view of a plane, mapped on first use.
    /// - Returns: nil if the server will not give it.
    static func view(_ handle: Handle, _ fd: Int32, _ page: Page, index: UInt32, plane: Int) -> Region? {
        let allocation = unsafe word(page, VB2_AT_ALLOCATION).pointee.load(ordering: .acquiring)
        if unsafe handle.pointee.shadow_allocation != allocation { unsafe discard(handle) }
        unsafe handle.pointee.shadow_allocation = allocation
        guard unsafe index < page.pointee.slot_count, let table = unsafe table(handle, page) else { return nil }
        let entry = unsafe table + Int(index) * Int(VB2_PLANES) + plane
        if let base = unsafe entry.pointee.base { return unsafe Region(base, Int(entry.pointee.length)) }
        var request = Request(VB2_OP_PLANE, command: index, value: UInt32(plane))
        let result = unsafe request.perform(handle, fd)
        defer { request.received.closeAll() }
        guard result >= 0, request.received.count == 1 else { return nil }
        let length = request.reply.value
        let mapped = unsafe System.map(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, request.received.numbers[0])
        guard mapped > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(mapped)) else { return nil }
        unsafe entry.pointee = unsafe vb2_shadow(base: base, length: length)
        return unsafe Region(base, Int(length))
    }

    /// Unmaps all views and the table.
    static func discard(_ handle: Handle) {
        guard let table = unsafe handle.pointee.shadows else { return }
        let bytes = unsafe handle.pointee.shadow_bytes
        for index in unsafe 0..<Int(bytes) / MemoryLayout<vb2_shadow>.stride {
            let base = unsafe table[index].base
            if let base = unsafe base { unsafe System.unmap(base, table[index].length) }
        }
        unsafe handle.pointee.shadows = nil
        unsafe System.unmap(UnsafeMutableRawPointer(table), bytes)
    }

    /// Gives up the page-table entries of all views.
    static func dropEntries(_ handle: Handle) {
        guard let table = unsafe handle.pointee.shadows else { return }
        for index in unsafe 0..<Int(handle.pointee.shadow_bytes) / MemoryLayout<vb2_shadow>.stride {
            guard let base = unsafe table[index].base else { continue }
            unsafe System.dropEntries(base, table[index].length)
        }
    }

    private static func table(_ handle: Handle, _ page: Page) -> UnsafeMutablePointer<vb2_shadow>? {
        if let table = unsafe handle.pointee.shadows { return unsafe table }
        let bytes = unsafe UInt64(page.pointee.slot_count) * UInt64(VB2_PLANES) * 16
        let mapped = unsafe System.map(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1)
        guard mapped > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(mapped)) else { return nil }
        let table = unsafe base.assumingMemoryBound(to: vb2_shadow.self)
        unsafe handle.pointee.shadows = table
        unsafe handle.pointee.shadow_bytes = bytes
        return unsafe table
    }
}
