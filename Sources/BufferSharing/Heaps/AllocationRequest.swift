import LinuxSystem

/// What a heap is asked for, once it is known to make sense.
struct AllocationRequest {
    /// In bytes, whole units.
    let size: Int
    let name: String

    /// - Throws: `.invalidSize` (EINVAL): none, negative, or more than can be expressed in whole pages;
    ///   `.invalidName` (EINVAL).
    init(size: Int, name: String, unit: Int = Memory.pageSize) throws(BufferSharingError) {
        guard size > 0, let rounded = Memory.rounded(size, to: unit) else {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: "allocation of \(size) bytes")
        }
        try SharedBuffer.check(name: name)
        self.size = rounded
        self.name = name
    }

    /// The beginning of an error's words.
    var context: String { "allocation of \(size) bytes" }

    /// Refuses what the machine hasn't got, since the kernel's heaps don't: they take page after page, until the OOM
    /// killer looks for a process to end.
    ///
    /// What is available is an estimate, so an eighth of it is left alone.
    /// - Throws: `.system` (ENOMEM), or what reading /proc/meminfo gives.
    func requireMemory(available: () throws(Errno) -> Int = Memory.available) throws(BufferSharingError) {
        let bytes: Int
        do {
            bytes = try available()
        } catch {
            throw .system(error, "\(context): /proc/meminfo")
        }
        guard size <= bytes - bytes / 8 else {
            throw .system(.noMemory, "\(context), with \(bytes) bytes of memory available")
        }
    }
}
