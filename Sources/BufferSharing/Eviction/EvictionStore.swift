import LinuxSystem

/// A file on disk without a name, in which evicted content waits. It is gone with the process, however that ends.
///
/// Places are given out first-fit and merged when they come back; a value, so not to be shared without a lock.
struct EvictionStore: ~Copyable {
    /// The file, to be read and written by whoever was given a place.
    let file: BufferFile
    /// Bytes that may be given out.
    let limit: Int
    private var free: [Range<Int>] = []
    private var end = 0

    /// - Parameter directory: on a file system that is not memory.
    /// - Throws: one that says what is wrong with it.
    init(directory: String, limit: Int = .max) throws(BufferSharingError) {
        self.limit = limit
        let context = "folder to evict to, \(directory)"
        do throws(Errno) {
            let descriptor = try Files.makeUnnamed(in: directory)
            if try descriptor.isOnMemoryFileSystem() { throw .invalidArgument }
            file = BufferFile(descriptor)
        } catch .invalidArgument {
            throw BufferSharingError(
                .system, errno: .invalidArgument, context: "\(context), is in memory itself; choose one on a disk")
        } catch {
            throw .system(error, context)
        }
    }

    /// A place of `size` bytes with room on the disk.
    /// - Throws: ENOSPC, EDQUOT.
    mutating func reserve(_ size: Int) throws(Errno) -> Range<Int> {
        guard size <= limit - usedBytes else { throw .noSpace }
        let place: Range<Int>
        if let index = free.firstIndex(where: { $0.count >= size }) {
            place = free[index].lowerBound..<(free[index].lowerBound + size)
            free[index] = place.upperBound..<free[index].upperBound
            if free[index].isEmpty { free.remove(at: index) }
        } else {
            place = end..<(end + size)
            end += size
        }
        do throws(Errno) {
            try file.descriptor.reserveSpace(place)
        } catch .notSupported {
            // A file system that can't promise: the write will tell.
        } catch {
            giveBack(place)
            throw error
        }
        return place
    }

    /// The content there is of no use any more; the disk has it back.
    mutating func release(_ place: Range<Int>) {
        // A file system that can't punch keeps the blocks for the next who needs them.
        try? file.descriptor.punchHole(place)
        giveBack(place)
    }

    private mutating func giveBack(_ place: Range<Int>) {
        let index = free.firstIndex { $0.lowerBound > place.lowerBound } ?? free.endIndex
        free.insert(place, at: index)
        if index + 1 < free.count, free[index].upperBound == free[index + 1].lowerBound {
            free[index] = free[index].lowerBound..<free[index + 1].upperBound
            free.remove(at: index + 1)
        }
        if index > 0, free[index - 1].upperBound == free[index].lowerBound {
            free[index - 1] = free[index - 1].lowerBound..<free[index].upperBound
            free.remove(at: index)
        }
        if let last = free.last, last.upperBound == end {
            end = last.lowerBound
            free.removeLast()
        }
    }

    /// Bytes that are given out now.
    var usedBytes: Int { end - free.reduce(0) { $0 + $1.count } }
}
