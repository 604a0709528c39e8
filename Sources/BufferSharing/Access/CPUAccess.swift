import LinuxSystem

/// A bracket around an access of this process's CPU to a buffer: dma_buf_begin_cpu_access to dma_buf_end_cpu_access.
///
/// While it lasts the content is there and stays, and whoever had to be waited for is done. It ends with its owner.
/// Belongs to one thread at a time.
public struct CPUAccess: ~Copyable {
    public let kind: CPUAccessKind
    /// In bytes of the buffer: what may be touched.
    public let range: Range<Int>
    private let buffer: SharedBuffer
    private let mapping: BufferMapping
    private let mustSync: Bool

    private init(
        _ buffer: SharedBuffer, _ kind: CPUAccessKind, _ range: Range<Int>, _ mapping: BufferMapping, mustSync: Bool
    ) {
        self.buffer = buffer
        self.kind = kind
        self.range = range
        self.mapping = mapping
        self.mustSync = mustSync
    }

    /// See ``SharedBuffer/beginCPUAccess(_:in:waits:hints:)``.
    static func begin(
        _ buffer: SharedBuffer, _ kind: CPUAccessKind, _ range: Range<Int>, waits: Bool, hints: CacheHints
    ) throws(BufferSharingError) -> CPUAccess {
        let context = "CPU access to \(buffer.name)"
        guard range.lowerBound >= 0, range.upperBound <= buffer.size else {
            throw BufferSharingError(.invalidSize, errno: .invalidArgument, context: context)
        }
        if kind.writes, buffer.access != .readWrite {
            throw BufferSharingError(.accessDenied, errno: .permissionDenied, context: context)
        }
        if waits {
            try buffer.reservation.wait(for: kind.usage)
        } else if !buffer.reservation.test(for: kind.usage) {
            throw .wouldBlock(context)
        }
        // Both are about what the kernel does for memory that isn't coherent: reading without an invalidate, or
        // writing without a clean.
        let mustSync = !hints.contains(kind.writes ? .noClean : .noInvalidate)
        try buffer.storage.beginUse(mayWait: waits)
        do throws(BufferSharingError) {
            let mapping = try AddressSpace.process.acquire(buffer, .bidirectional).mapping
            do throws(BufferSharingError) {
                if mustSync { try sync(buffer, kind, waits: waits, context) }
            } catch {
                AddressSpace.process.release(mapping, of: buffer, keepingIdleFor: nil)
                throw error
            }
            return CPUAccess(buffer, kind, range, mapping, mustSync: mustSync)
        } catch {
            buffer.storage.endUse()
            throw error
        }
    }

    deinit {
        // What the driver says of the end is too late for anyone.
        if mustSync { try? CPUAccessSync.end(buffer.file.descriptor, of: buffer.kind, kind.direction) }
        // Kept for the next access, until nobody holds the buffer.
        AddressSpace.process.release(mapping, of: buffer, keepingIdleFor: buffer.storage.mappingOwner)
        buffer.storage.endUse()
    }

    private static func sync(
        _ buffer: SharedBuffer, _ kind: CPUAccessKind, waits: Bool, _ context: String
    ) throws(BufferSharingError) {
        if waits {
            try CPUAccessSync.begin(buffer.file.descriptor, of: buffer.kind, kind.direction)
        } else if try !CPUAccessSync.tryBegin(buffer.file.descriptor, of: buffer.kind, kind.direction) {
            throw .wouldBlock(context)
        }
    }

    /// The bytes of the range, for the time of the call.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let range = range
        return try mapping.withBytes { bytes throws(Failure) in try body(bytes.extracting(range)) }
    }

    /// The bytes of the range to change, for the time of the call.
    /// - Precondition: ``kind`` is not `.read`.
    public func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(kind.writes, "The access is for reading only.")
        let range = range
        return try mapping.withMutableBytes { bytes throws(Failure) in
            var part = bytes._mutatingExtracting(range)
            return try body(&part)
        }
    }
}
