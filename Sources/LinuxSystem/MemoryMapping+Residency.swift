import CLinuxSystem
public import SystemPackage

/// Where the pages behind a mapping are: in memory or not, and how to change that.
extension MemoryMapping {
    /// Makes the pages present, for writing if the mapping is.
    /// - Throws: ENOMEM; EFAULT for a page that can't be had; EINVAL before Linux 5.14.
    public func populate() throws(Errno) {
        _ = try retrying { unsafe linux_populate(base, count, access == .readWrite) }
    }

    /// Makes the pages present that the file has, without marking them as written.
    public func populateForReading() throws(Errno) {
        _ = try retrying { unsafe linux_populate(base, count, false) }
    }

    /// Gives up the page-table entries of this mapping. The content stays with the file, and the next access finds it
    /// again, at the cost of a fault.
    public func dropEntries() {
        // It fails only for locked pages, and then the entries stay.
        _ = unsafe linux_drop_entries(base, count)
    }

    /// Asks the kernel to write the pages to swap and take them out of memory. Pages of which another mapping has
    /// entries stay: ``residentBytes()`` tells.
    public func pageOut() {
        _ = unsafe linux_page_out(base, count)
    }

    /// Keeps the mapping out of the children of this process (MADV_DONTFORK).
    public func keepFromChildren() throws(Errno) {
        try checked(unsafe linux_keep_from_children(base, count))
    }

    /// Bytes of the file's range that are in memory now, in whole pages, whoever uses them (mincore(2)).
    public func residentBytes() throws(Errno) -> Int {
        try residentPages().count { $0 } * Memory.pageSize
    }

    /// Whether each page is in memory now.
    package func residentPages() throws(Errno) -> [Bool] {
        let pageSize = Memory.pageSize
        var pages = [UInt8](repeating: 0, count: (count + pageSize - 1) / pageSize)
        _ = try retrying { unsafe linux_resident_pages(base, count, &pages) }
        return pages.map { $0 & 1 != 0 }
    }

    /// Fills the mapping from a file. The mapping is written as a program would write it, so that huge pages stay whole.
    /// - Throws: what pread(2) gives; EIO if the file ends early.
    public func read(from file: borrowing OwnedDescriptor, at offset: Int) throws(Errno) {
        precondition(access == .readWrite, "The memory is mapped for reading only.")
        let raw = file.raw
        var done = 0
        while done < count {
            let read = try retrying { unsafe linux_read_at(raw, base + done, count - done, Int64(offset + done)) }
            if read == 0 { throw .ioError }
            done += read
        }
    }

    /// Writes all of the mapping's bytes to a file.
    /// - Throws: what pwrite(2) gives; ENOSPC among it.
    public func write(to file: borrowing OwnedDescriptor, at offset: Int) throws(Errno) {
        let raw = file.raw
        var done = 0
        while done < count {
            done += try retrying { unsafe linux_write_at(raw, base + done, count - done, Int64(offset + done)) }
        }
    }
}
