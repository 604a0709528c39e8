import CVideoABI
import Synchronization

/// What this process does so that the server can move buffers that nobody uses at the moment: it gives up its page-table
/// entries, on paths that are slow anyway. The kernel writes a page to swap only if nobody has an entry of it.
enum Pressure {
    /// Before a request, and before a wait: if entries stood in the server's way since the last time.
    @inline(__always)
    static func yield(_ handle: Handle, _ page: Page) {
        let pressure = unsafe word(page, VB2_AT_PRESSURE).pointee.load(ordering: .acquiring)
        guard pressure != 0, unsafe pressure != handle.pointee.pressure_seen else { return }
        unsafe handle.pointee.pressure_seen = pressure
        unsafe giveUp(handle, page)
    }

    /// After STREAMOFF: what the program holds on to may be idle for long.
    static func stopped(_ handle: Handle) {
        guard let page = unsafe handle.pointee.page else { return }
        if unsafe word(page, VB2_AT_PRESSURE).pointee.load(ordering: .relaxed) != 0 { unsafe giveUp(handle, page) }
    }

    private static func giveUp(_ handle: Handle, _ page: Page) {
        unsafe vb2_edge_drop_entries(handle)
        unsafe Shadows.dropEntries(handle)
        unsafe word(page, VB2_AT_YIELDS).pointee.wrappingAdd(1, ordering: .releasing)
    }
}
