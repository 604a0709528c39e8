import CVideoABI
import Synchronization

/// DQBUF without the server: pops the done ring, or sleeps on the socket until there is something.
enum DequeueBuffer {
    enum Outcome {
        case done
        /// Nothing is completed.
        case empty
        /// The gate is shut: the server says why.
        case server
        /// The program's planes array is too short: EINVAL, and the buffer stays.
        case shortPlanes
    }

    /// Called under the lock. On `.done` the program's struct is filled and the buffer is the program's.
    @inline(__always)
    static func pop(
        _ page: Page, _ fd: Int32, _ buffer: UnsafeMutablePointer<v4l2_buffer>,
        planes: UnsafeMutablePointer<v4l2_plane>?, planesLength: UInt32
    ) -> Outcome {
        let oldest: Oldest
        switch unsafe peek(page) {
        case .failure(let outcome): return outcome
        case .success(let found):
            if unsafe page.pointee.plane_count > planesLength { return .shortPlanes }
            oldest = found
        }
        guard unsafe remove(page, fd, oldest) else { return .server }
        let slot = unsafe slot(page, oldest.index)
        unsafe slot.pointee.state = UInt32(VB2_SLOT_DEQUEUED)
        let flags = unsafe slot.pointee.flags
        let memory = unsafe page.pointee.memory
        unsafe buffer.pointee.index = oldest.index
        unsafe buffer.pointee.memory = memory
        unsafe BufferFields.fill(buffer, planes, page, slot, memory, flags: flags)
        // After the last buffer the server answers DQBUF: EPIPE.
        if flags & lastFlag != 0 {
            _ = unsafe word(page, VB2_AT_GATE).pointee.bitwiseAnd(
                ~UInt32(VB2_GATE_DEQUEUE), ordering: .sequentiallyConsistent)
        }
        return .done
    }

    private static let lastFlag: UInt32 = 0x0010_0000  // V4L2_BUF_FLAG_LAST

    /// The oldest completed buffer, and the `done` word that it was found with.
    struct Oldest {
        var index: UInt32
        var done: UInt64
    }

    enum Peek {
        case success(Oldest)
        case failure(Outcome)
    }

    /// Called under the lock: the buffer that DQBUF would give.
    @inline(__always)
    static func peek(_ page: Page) -> Peek {
        let gate = unsafe word(page, VB2_AT_GATE).pointee.load(ordering: .acquiring)
        guard gate & UInt32(VB2_GATE_DEQUEUE) != 0 else { return .failure(.server) }
        let done = unsafe doneWord(page).pointee.load(ordering: .sequentiallyConsistent)
        guard UInt32(truncatingIfNeeded: done) > 0 else { return .failure(.empty) }
        let epoch = UInt32(truncatingIfNeeded: done >> 32)
        if unsafe page.pointee.program_epoch != epoch {
            // The server began the ring anew.
            unsafe page.pointee.program_epoch = epoch
            unsafe page.pointee.done_head = 0
        }
        let index = unsafe doneEntry(page, at: page.pointee.done_head)
        guard unsafe index < page.pointee.slot_count else { return .failure(.server) }
        return .success(Oldest(index: index, done: done))
    }

    /// Called under the lock, after a successful `peek`: the oldest entry is taken.
    /// - Returns: false if the server took all buffers back in between.
    @inline(__always)
    static func remove(_ page: Page, _ fd: Int32, _ oldest: Oldest) -> Bool {
        var done = oldest.done
        while true {
            let (exchanged, original) = unsafe doneWord(page).pointee.compareExchange(
                expected: done, desired: done &- 1, ordering: .sequentiallyConsistent)
            if exchanged { break }
            done = original
            guard done >> 32 == oldest.done >> 32, UInt32(truncatingIfNeeded: done) > 0 else { return false }
        }
        unsafe page.pointee.done_head &+= 1
        if UInt32(truncatingIfNeeded: done) == 1 { unsafe Doorbell.take(page, fd) }
        return true
    }

    /// Called under the lock: sleeps until the server rings.
    /// - Returns: 0 to look again, or -errno (EBUSY: another thread waits; EAGAIN; EINTR; ENODEV).
    static func wait(_ page: Page, _ fd: Int32) -> Int64 {
        guard unsafe WaiterLock.take(page) else { return -Int64(EBUSY) }
        defer { unsafe WaiterLock.give(page) }
        if unsafe page.pointee.waiter != 0 {
            // The one who waited is dead; there may be a buffer.
            unsafe page.pointee.waiter = 0
            return 0
        }
        return System.isNonblocking(fd) ? unsafe lookOnce(page, fd) : unsafe sleep(page, fd)
    }

    /// EAGAIN, or ENODEV if the server is gone.
    private static func lookOnce(_ page: Page, _ fd: Int32) -> Int64 {
        // For whoever polls the socket without us: a late doorbell would make it readable until the next frame.
        _ = unsafe Doorbell.payOwed(page, fd)
        let result = System.receiveByte(fd, flags: Doorbell.peek | Doorbell.nowait)
        if result > 0 || result == -Int64(EAGAIN) { return -Int64(EAGAIN) }
        // The end, or ECONNRESET, which a server leaves that dies with fillers unread.
        unsafe Doorbell.shutGate(page)
        return -Int64(ENODEV)
    }

    private static func sleep(_ page: Page, _ fd: Int32) -> Int64 {
        let token = unsafe page.pointee.last_token &+ 1
        unsafe page.pointee.last_token = token
        // Sequentially consistent: an output device looks for a waiter after it made a buffer available.
        unsafe word(page, VB2_AT_WAITER).pointee.store(token, ordering: .sequentiallyConsistent)
        unsafe Sleep.begin(page, fd)
        // A wake that was paid just now said something: look once more, as a sleeper.
        if case .failure(.empty) = unsafe peek(page) {
        } else {
            unsafe page.pointee.waiter = 0
            unsafe Sleep.end(page, fd)
            return 0
        }
        unsafe PageLock.unlock(page)
        // Peeks: the byte stays on the socket for whoever pops the buffer that it announces. A signal
        // ends or restarts this call just as it does the kernel's.
        let result = System.receiveByte(fd, flags: Doorbell.peek)
        unsafe PageLock.lock(page)
        if unsafe page.pointee.waiter == token { unsafe page.pointee.waiter = 0 }
        unsafe Sleep.end(page, fd)
        if result > 0 { return 0 }
        if result == -Int64(EINTR) || result == -Int64(EAGAIN) { return result }
        unsafe Doorbell.shutGate(page)
        return -Int64(ENODEV)
    }
}
