import LinuxSystem

/// Makes pages of memory files that have their content from the start.
///
/// Who reads a file into a mapping makes a page of zeros first, which others that have the file mapped see. Here the
/// kernel copies into a page before the page is in the file (UFFDIO_COPY), through a view of our own that nobody else
/// looks at: so nothing depends on what another process has made of its mapping.
final class PageMaker: Sendable {
    private let userfault: Userfault

    /// - Throws: EPERM in a sandbox; ENOSYS; EOPNOTSUPP; EMFILE.
    init() throws(Errno) {
        // Nothing ever faults on the view.
        userfault = try Userfault(.userModeOnly)
    }

    /// Fills a buffer from a file.
    /// - Parameter view: of all of the buffer, used for this alone.
    /// - Throws: what pread(2) gives; EIO if the file ends early; ENOMEM.
    func fill(
        _ view: consuming MemoryMapping, of entry: HeapEntry, from file: borrowing OwnedDescriptor, at offset: Int
    ) throws(Errno) {
        let base = unsafe UInt(bitPattern: view.base)
        try userfault.register(base..<base + UInt(view.count), for: .missingPage)
        // Only unmapping could make that fail, and that ends it too.
        defer { try? userfault.unregister(base..<base + UInt(view.count)) }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: Memory.pageSize)
        defer { unsafe room.deallocate() }
        var done = 0
        while done < view.count {
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<min(Self.step, view.count - done)])
            try unsafe file.read(into: part, at: offset + done)
            try unsafe make(UnsafeRawBufferPointer(part), at: done, base: base, entry)
            done += part.count
        }
    }

    private func make(
        _ bytes: UnsafeRawBufferPointer, at start: Int, base: UInt, _ entry: HeapEntry
    ) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
            do throws(Errno) {
                done += try unsafe userfault.copy(rest, to: base + UInt(start + done))
            } catch .fileExists {
                // Somebody has touched what was away, though all had promised not to. The content is put right.
                let page = unsafe UnsafeRawBufferPointer(rebasing: rest[..<Memory.pageSize])
                try unsafe overwrite(page, at: start + done, entry)
                done += Memory.pageSize
            }
        }
    }

    private func overwrite(_ page: UnsafeRawBufferPointer, at offset: Int, _ entry: HeapEntry) throws(Errno) {
        // A mapping of its own: one that isn't registered never waits, whatever they do to the file meanwhile.
        let plain = try MemoryMapping(
            descriptor: entry.file.descriptor, offset: offset, length: page.count, access: .readWrite)
        plain.withMutableBytes { bytes in
            unsafe bytes.withUnsafeMutableBytes { target in unsafe target.copyMemory(from: page) }
        }
    }

    /// In bytes.
    private static let step = 256 << 10
}
