import CVideoABI

/// The few system calls that the program's half makes, each as the kernel's result: >= 0 or -errno.
enum System {
    /// Receives one byte from the program's socket. 0 or ECONNRESET: the server is gone.
    static func receiveByte(_ fd: Int32, flags: Int32) -> Int64 {
        var byte: UInt8 = 0
        return receiveByte(fd, flags: flags, into: &byte)
    }

    static func receiveByte(_ fd: Int32, flags: Int32, into byte: inout UInt8) -> Int64 {
        unsafe withUnsafeMutablePointer(to: &byte) { place in
            unsafe vb2_syscall6(Int64(VB2_SYS_RECVFROM), Int64(fd), address(place), 1, Int64(flags), 0, 0)
        }
    }

    static func close(_ fd: Int32) {
        _ = vb2_syscall3(Int64(VB2_SYS_CLOSE), Int64(fd), 0, 0)
    }

    static func map(
        _ place: UnsafeMutableRawPointer?, _ length: UInt64, _ protection: Int32, _ flags: Int32, _ fd: Int32
    ) -> Int64 {
        unsafe vb2_syscall6(
            Int64(VB2_SYS_MMAP), address(place), Int64(bitPattern: length), Int64(protection), Int64(flags),
            Int64(fd), 0)
    }

    static func unmap(_ base: UnsafeMutableRawPointer, _ length: UInt64) {
        _ = unsafe vb2_syscall3(Int64(VB2_SYS_MUNMAP), address(base), Int64(bitPattern: length), 0)
    }

    /// Gives up the page-table entries of a mapping of ours.
    static func dropEntries(_ base: UnsafeMutableRawPointer, _ length: UInt64) {
        _ = unsafe vb2_syscall3(Int64(SYS_madvise), address(base), Int64(bitPattern: length), dontNeed)
    }

    /// Whether two numbers are of one open file; false too on a kernel before 6.10, which can't tell.
    @inline(__always)
    static func areSameOpenFile(_ fd: Int32, _ other: Int32) -> Bool {
        vb2_syscall3(Int64(VB2_SYS_FCNTL), Int64(fd), duplicateQuery, Int64(other)) == 1
    }

    /// The open file's flags: tells whether DQBUF may wait.
    static func isNonblocking(_ fd: Int32) -> Bool {
        let flags = vb2_syscall3(Int64(VB2_SYS_FCNTL), Int64(fd), Int64(F_GETFL), 0)
        return flags >= 0 && flags & Int64(O_NONBLOCK) != 0
    }

    static func setCloseOnExec(_ fd: Int32, _ on: Bool) {
        _ = vb2_syscall3(Int64(VB2_SYS_FCNTL), Int64(fd), Int64(F_SETFD), on ? Int64(FD_CLOEXEC) : 0)
    }

    /// What a program is told when a message could not be sent: almost always the server is gone.
    static func reason(ofFailedSend result: Int64) -> Int64 {
        switch result {
        // Too many descriptors of this user are under way in sockets.
        case -Int64(ETOOMANYREFS): -Int64(EMFILE)
        case -Int64(ENOMEM), -Int64(ENOBUFS): -Int64(ENOMEM)
        default: -Int64(ENODEV)
        }
    }

    /// Whether the other end of a socket is closed, or will be within so many nanoseconds, less than a second.
    static func isHungUp(_ fd: Int32, within nanoseconds: Int = 0) -> Bool {
        var entry = pollfd(fd: fd, events: 0, revents: 0)
        var time = timespec(tv_sec: 0, tv_nsec: nanoseconds)
        let result = unsafe withUnsafeMutablePointer(to: &entry) { entry in
            unsafe withUnsafeMutablePointer(to: &time) { time in
                unsafe vb2_syscall6(Int64(VB2_SYS_PPOLL), address(entry), 1, address(time), 0, 0, 0)
            }
        }
        return result > 0
    }

    /// Two connected SEQPACKET sockets, close-on-exec.
    static func socketPair(_ first: inout Int32, _ second: inout Int32) -> Int64 {
        var pair: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutablePointer(to: &pair) { place in
            unsafe vb2_syscall6(
                Int64(VB2_SYS_SOCKETPAIR), Int64(AF_UNIX), seqpacket | Int64(O_CLOEXEC), 0, address(place), 0, 0)
        }
        (first, second) = pair
        return result
    }

    /// Whether eight bytes can be read there. rt_sigprocmask reads its set before it refuses `how`: the
    /// cheapest question of this kind (0.2 µs).
    static func canRead(_ place: UnsafeMutableRawPointer) -> Bool {
        unsafe vb2_syscall6(Int64(VB2_SYS_RT_SIGPROCMASK), 99, address(place), 0, 8, 0, 0) != -Int64(EFAULT)
    }

    /// Whether the words there can be read and written. FUTEX_WAKE_OP, with nobody to wake, ORs nothing into
    /// its second word: a write that changes nothing (0.4 µs). At most a word before `place` is asked for too.
    static func canWrite(_ place: UnsafeMutableRawPointer) -> Bool {
        var nobody: UInt32 = 0
        let word = unsafe address(UnsafeRawPointer(place)) & ~3
        let result = unsafe withUnsafeMutablePointer(to: &nobody) { nobody in
            unsafe vb2_syscall6(
                Int64(VB2_SYS_FUTEX), address(nobody), futexWakeOpPrivate, 0, 0, word, orNothing)
        }
        return result >= 0
    }

    /// Makes a range of the program's memory present, writable if asked.
    /// - Returns: 0; -EOVERFLOW if it goes round the end of all memory (vb2_create_framevec), or another error if it
    ///   can't be present.
    static func populate(_ base: UInt64, _ length: UInt64, writable: Bool) -> Int64 {
        let first = base & ~4095
        let (sum, overflow) = base.addingReportingOverflow(length)
        if overflow || sum > UInt64.max - 4095 { return -Int64(EOVERFLOW) }
        if sum > UInt64(Int64.max) - 4095 { return -Int64(EFAULT) }
        let end = (sum + 4095) & ~4095
        let result = vb2_syscall3(
            Int64(SYS_madvise), Int64(bitPattern: first), Int64(bitPattern: end - first),
            writable ? populateWrite : populateRead)
        // Memory with fewer permissions, or a kernel before 5.14, which can't do it: each page is asked.
        return result == -Int64(EINVAL) ? probe(first, end, writable: writable) : result
    }

    private static func probe(_ first: UInt64, _ end: UInt64, writable: Bool) -> Int64 {
        var page = first
        while page < end {
            guard let place = unsafe UnsafeMutableRawPointer(bitPattern: UInt(page)),
                unsafe writable ? canWrite(place) : canRead(place)
            else { return -Int64(EFAULT) }
            page += 4096
        }
        return 0
    }

    /// Copies between memory of ours and memory that may not be there. The kernel does it, so a page that is missing
    /// ends the copy, and not the program.
    /// - Parameter isToPlace: whether `place` is written to; else it is read from.
    /// - Returns: whether all of it was copied.
    static func copy(_ ours: UnsafeRawPointer, _ place: UInt64, _ count: Int, isToPlace: Bool) -> Bool {
        var local = unsafe vb2_part(bytes: ours, count: UInt64(count))
        var remote = unsafe vb2_part(bytes: UnsafeRawPointer(bitPattern: UInt(place)), count: UInt64(count))
        let result = unsafe withUnsafeMutablePointer(to: &local) { local in
            unsafe withUnsafeMutablePointer(to: &remote) { remote in
                unsafe vb2_syscall6(
                    Int64(isToPlace ? VB2_SYS_PROCESS_VM_WRITEV : VB2_SYS_PROCESS_VM_READV),
                    vb2_syscall3(Int64(VB2_SYS_GETPID), 0, 0, 0), address(local), 1, address(remote), 1, 0)
            }
        }
        if result != -Int64(EPERM), result != -Int64(ENOSYS) { return result == Int64(count) }
        // A sandbox that forbids it: each page is asked first.
        let (end, overflow) = place.addingReportingOverflow(UInt64(count))
        guard !overflow, probe(place & ~4095, end, writable: isToPlace) == 0,
            let there = unsafe UnsafeMutableRawPointer(bitPattern: UInt(place))
        else { return false }
        if isToPlace {
            unsafe there.copyMemory(from: ours, byteCount: count)
        } else {
            unsafe UnsafeMutableRawPointer(mutating: ours).copyMemory(from: there, byteCount: count)
        }
        return true
    }

    /// Wakes whoever waits for `word` to change.
    static func wake(_ word: UnsafeMutableRawPointer) {
        _ = unsafe vb2_syscall6(Int64(VB2_SYS_FUTEX), address(word), futexWake, Int64(Int32.max), 0, 0, 0)
    }

    /// Waits until `word` is no longer `value`, 20 ms at most.
    /// - Returns: whether all that time has passed.
    @discardableResult
    static func wait(_ word: UnsafeMutableRawPointer, while value: UInt32) -> Bool {
        var limit = timespec(tv_sec: 0, tv_nsec: 20_000_000)
        let result = unsafe withUnsafeMutablePointer(to: &limit) { limit in
            unsafe vb2_syscall6(
                Int64(VB2_SYS_FUTEX), address(word), futexWait, Int64(value), address(limit), 0, 0)
        }
        return result == -Int64(ETIMEDOUT)
    }

    @inline(__always)
    static func address(_ pointer: UnsafeRawPointer?) -> Int64 {
        Int64(bitPattern: UInt64(UInt(bitPattern: pointer)))
    }

    @inline(__always)
    static func address<T>(_ pointer: UnsafeMutablePointer<T>) -> Int64 {
        unsafe address(UnsafeRawPointer(pointer))
    }

    // Not imported, or an enum in C; from the kernel's uapi headers.
    private static let seqpacket: Int64 = 5
    private static let futexWait: Int64 = 0
    private static let futexWake: Int64 = 1
    private static let futexWakeOpPrivate: Int64 = 5 | 128
    private static let orNothing: Int64 = 0x2000_0000  // FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0)
    private static let dontNeed: Int64 = 4
    private static let duplicateQuery: Int64 = 1027  // F_DUPFD_QUERY
    private static let populateRead: Int64 = 22
    private static let populateWrite: Int64 = 23
}
