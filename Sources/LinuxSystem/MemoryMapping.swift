import CLinuxSystem
public import SystemPackage

/// What a mapping lets the process do with the memory.
public enum MappingAccess: Hashable, Sendable {
    case read
    case readWrite
}

/// A shared mapping of a file (mmap(2) with MAP_SHARED), unmapped when its owner goes away.
///
/// The memory is shared with whoever has the file, so its content may change at any time. Map only a
/// file that can't shrink: an access beyond a file's end is a SIGBUS.
///
/// `@unchecked Sendable` because it owns its range of addresses, which every thread of the process
/// sees alike, and changes nothing in itself after init. Who reads and writes the bytes when is the
/// users' business, as for any shared memory: from one thread at a time.
@safe
public struct MemoryMapping: ~Copyable, @unchecked Sendable {
    /// The first byte. Valid for as long as this value lives.
    @unsafe public let base: UnsafeMutableRawPointer
    /// In bytes.
    public let count: Int
    public let access: MappingAccess

    /// Maps a part of a file.
    /// - Parameters:
    ///   - offset: in bytes, a multiple of the page size.
    ///   - length: in bytes, more than 0.
    ///   - populate: whether to make all page-table entries now (MAP_POPULATE).
    /// - Throws: EINVAL for an offset or a length that isn't allowed; EACCES when the descriptor
    ///   wasn't opened for the access; EPERM when a seal forbids it; ENODEV; ENOMEM.
    public init(
        descriptor: borrowing OwnedDescriptor, offset: Int = 0, length: Int, access: MappingAccess,
        populate: Bool = false
    ) throws(Errno) {
        guard length > 0, offset >= 0 else { throw .invalidArgument }
        var base: UnsafeMutableRawPointer? = nil
        let raw = descriptor.raw
        let writable = access == .readWrite
        _ = try retrying { unsafe linux_map(raw, Int64(offset), length, writable, populate, &base) }
        guard let base = unsafe base else { throw .noMemory }
        unsafe self.base = base
        self.count = length
        self.access = access
    }

    /// Takes over a mapping that someone else made, and unmaps it in the end.
    @unsafe package init(adopting base: UnsafeMutableRawPointer, count: Int, access: MappingAccess) {
        unsafe self.base = base
        self.count = count
        self.access = access
    }

    deinit {
        _ = unsafe linux_unmap(base, count)
    }

    /// Asks for huge pages (MADV_HUGEPAGE).
    ///
    /// It is a hint, so what the kernel answers is ignored: without huge pages the mapping works as
    /// well, only slower, and a kernel that is built without them says EINVAL.
    public func adviseHugePages() {
        _ = unsafe linux_advise_huge_pages(base, count)
    }

    /// The bytes, for the time of the call.
    public func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: count)
        return try body(bytes)
    }

    /// The bytes to change, for the time of the call.
    /// - Precondition: the mapping's access is `.readWrite`.
    public func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (inout MutableRawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(access == .readWrite, "The memory is mapped for reading only.")
        var bytes = unsafe MutableRawSpan(_unsafeStart: base, byteCount: count)
        return try body(&bytes)
    }
}
