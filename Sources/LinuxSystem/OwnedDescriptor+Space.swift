import CLinuxSystem
public import SystemPackage

/// What a file takes of memory and disk.
extension OwnedDescriptor {
    /// Gives a range's pages or blocks back to the system; it reads as zeros from then on (FALLOC_FL_PUNCH_HOLE).
    /// - Throws: EPERM for a file that is sealed against writing; EOPNOTSUPP.
    public func punchHole(_ range: Range<Int>) throws(Errno) {
        _ = try retrying { linux_punch_hole(raw, Int64(range.lowerBound), Int64(range.count)) }
    }

    /// Makes sure that the range can be written without running out of room.
    /// - Throws: ENOSPC; EDQUOT; EOPNOTSUPP.
    public func reserveSpace(_ range: Range<Int>) throws(Errno) {
        _ = try retrying { linux_reserve_space(raw, Int64(range.lowerBound), Int64(range.count)) }
    }

    /// Reads from a place of the file until the buffer is full (pread(2)).
    /// - Throws: EIO if the file ends early; what pread(2) gives.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) {
        var done = 0
        while done < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let read = try retrying {
                unsafe linux_read_at(raw, rest.baseAddress, rest.count, Int64(offset + done))
            }
            if read == 0 { throw .ioError }
            done += read
        }
    }

    /// Bytes of memory or disk that the file has now; of a memory file those that are in swap, too.
    public func allocatedBytes() throws(Errno) -> Int {
        try checked(linux_allocated_bytes(raw))
    }

    /// Writes a range to disk, and takes it out of the page cache.
    public func dropCache(_ range: Range<Int>) throws(Errno) {
        _ = try retrying { linux_drop_cache(raw, Int64(range.lowerBound), Int64(range.count)) }
    }

    /// Whether what is written to the file stays in memory: tmpfs, ramfs, hugetlbfs.
    public func isOnMemoryFileSystem() throws(Errno) -> Bool {
        try checked(linux_is_memory_file_system(raw)) == 1
    }
}

extension Files {
    /// A file without a name in a directory: it is gone when its last descriptor is closed, however that happens.
    /// - Throws: ENOENT; EACCES; EROFS.
    public static func makeUnnamed(in directory: String) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: Int32(try retrying { unsafe linux_unnamed_file(directory) }))
    }
}

extension Memory {
    /// Bytes of swap that are free.
    public static var freeSwap: Int { Int(linux_free_swap()) }
}
