import LinuxSystem

extension SharedBuffer {
    /// Begins an access of the CPU, which ends when the value goes away.
    ///
    /// Waits for fences: a reader for those who write, a writer for all; and until content that was moved away is back.
    /// - Parameters:
    ///   - range: in bytes; nil for all of the buffer. Only this much is touched (review thread: Vetter).
    ///   - waits: false for callers that can't wait: EAGAIN if anything had to be waited for.
    ///   - hints: what need not be done.
    /// - Throws: `.invalidSize` (EINVAL) for a range beyond the buffer; `.accessDenied` (EACCES) to write what came
    ///   read-only; `.wouldBlock` (EAGAIN); what a fence failed with; as ``Attachment/map(direction:)``.
    public func beginCPUAccess(
        _ kind: CPUAccessKind, in range: Range<Int>? = nil, waits: Bool = true, hints: CacheHints = []
    ) throws(BufferSharingError) -> CPUAccess {
        try CPUAccess.begin(self, kind, range ?? 0..<size, waits: waits, hints: hints)
    }

    /// Reads a range of the buffer, within a bracket of its own.
    public func withBytes<Result: ~Copyable>(
        in range: Range<Int>? = nil, _ body: (RawSpan) -> Result
    ) throws(BufferSharingError) -> Result {
        let access = try beginCPUAccess(.read, in: range)
        return access.withBytes(body)
    }

    /// Changes a range of the buffer, within a bracket of its own. Somebody is owed the content from then on.
    public func withMutableBytes<Result: ~Copyable>(
        in range: Range<Int>? = nil, _ body: (inout MutableRawSpan) -> Result
    ) throws(BufferSharingError) -> Result {
        let access = try beginCPUAccess(.readWrite, in: range)
        setContentOwed(true)
        return access.withMutableBytes(body)
    }

    /// The buffer in this process's addresses, for a device that needs them for longer than a bracket (dma_buf_vmap).
    /// The memory is pinned until the attachment is detached or goes away.
    /// - Throws: as ``Attachment/map(direction:)``.
    public func vmap() throws(BufferSharingError) -> Attachment {
        let attachment = try AddressSpace.process.attach(self, policy: .forever)
        _ = try attachment.map(direction: access == .readWrite ? .bidirectional : .toDevice)
        return attachment
    }
}
