import CLinuxSystem
import Synchronization
public import SystemPackage

/// A file descriptor with one owner: it is closed when the owner goes away.
///
/// A deinit has nobody to tell, so it closes and ignores what close(2) says. Use ``close()`` where
/// the errno matters.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number. It is valid for as long as this value lives; borrow it, don't keep it.
    public let raw: Int32

    private static let live = Atomic<Int>(0)

    /// How many descriptors are owned in this process now, for tests that look for leaks.
    public static var liveCount: Int { live.load(ordering: .relaxed) }

    /// Takes ownership of an open descriptor. The caller must not close it any more.
    public init(adopting raw: Int32) {
        self.raw = raw
        Self.live.add(1, ordering: .relaxed)
    }

    deinit {
        Self.live.subtract(1, ordering: .relaxed)
        _ = linux_close(raw)
    }

    /// Gives the ownership away: the caller has to close the number.
    public consuming func relinquish() -> Int32 {
        let raw = raw
        discard self
        Self.live.subtract(1, ordering: .relaxed)
        return raw
    }

    /// Closes now, and says what close(2) said. The descriptor is gone in either case.
    public consuming func close() throws(Errno) {
        let raw = relinquish()
        try checked(linux_close(raw))
    }

    /// Another descriptor (close-on-exec) of the same open file: flags and position are shared.
    /// - Throws: EMFILE.
    public func duplicate() throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: Int32(try retrying { linux_duplicate(raw, 0) }))
    }

    /// As ``duplicate()``, with a number that is not below `minimum`.
    /// - Throws: EMFILE; EINVAL when `minimum` is beyond the limit.
    public func duplicate(atLeast minimum: Int32) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: Int32(try retrying { linux_duplicate(raw, minimum) }))
    }

    /// Opens the same file anew through /proc/self/fd: an open file of its own, with its own access.
    /// - Throws: ENOENT without /proc; EACCES; EMFILE.
    public func reopen(readOnly: Bool) throws(Errno) -> OwnedDescriptor {
        OwnedDescriptor(adopting: Int32(try retrying { linux_reopen(raw, readOnly) }))
    }

    /// Sets or clears O_NONBLOCK, which belongs to the open file and so to all its duplicates.
    public func setNonblocking(_ nonblocking: Bool) throws(Errno) {
        try checked(linux_set_nonblocking(raw, nonblocking))
    }

    /// Sets or clears FD_CLOEXEC, which belongs to this number alone.
    public func setCloseOnExec(_ closeOnExec: Bool) throws(Errno) {
        try checked(linux_set_close_on_exec(raw, closeOnExec))
    }

    /// Whether FD_CLOEXEC is set.
    public func isCloseOnExec() throws(Errno) -> Bool {
        try checked(linux_close_on_exec(raw)) != 0
    }

    /// Whether the other number names the same open file (F_DUPFD_QUERY, Linux 6.10).
    /// - Throws: EINVAL on an older kernel; EBADF.
    public func isSameOpenFile(as other: Int32) throws(Errno) -> Bool {
        try checked(linux_same_open_file(raw, other)) == 1
    }

    /// How the file was opened.
    public func access() throws(Errno) -> FileAccess {
        let mode = Int32(try checked(linux_status_flags(raw))) & 3
        return mode == linux_o_rdonly ? .readOnly : mode == linux_o_wronly ? .writeOnly : .readWrite
    }
}

/// What an open file lets its holder do.
public enum FileAccess: Hashable, Sendable {
    case readOnly
    case writeOnly
    case readWrite
}
