import CVideoABI
import Synchronization

/// How a process comes to talk about a descriptor: right after open(), after fork or exec, or when another
/// process passed it.
enum Adoption {
    /// Makes the control socket, says HELLO, and maps the page if this process has not. The request lock is
    /// held.
    /// - Returns: 0; ENODEV if the server is gone; EACCES, EMFILE if it lets the user, or one more file, not in; ENFILE if
    ///   it has no room for one more process; EMFILE, ENOMEM.
    static func connect(_ handle: Handle, _ fd: Int32, openFlags: UInt32) -> Int64 {
        let first = unsafe tryToConnect(handle, fd, openFlags)
        guard first == -Int64(ENODEV) else { return first }
        if let reason = refusal(fd) { return reason }
        if System.isHungUp(fd) { return first }
        // Our line was closed, and the open file wasn't. Either the server had no room for the line; or it is being
        // killed, and its files are closed one after the other. The dead takes no second line, which so lasts until all
        // of its files are closed.
        let second = unsafe tryToConnect(handle, fd, openFlags)
        guard second == -Int64(ENODEV) else { return second }
        return refusal(fd) ?? (System.isHungUp(fd) ? second : -Int64(ENFILE))
    }

    /// - Returns: as `connect`, and ENODEV for every way in which the line can end.
    private static func tryToConnect(_ handle: Handle, _ fd: Int32, _ openFlags: UInt32) -> Int64 {
        var ours: Int32 = -1
        var theirs: Int32 = -1
        let pair = System.socketPair(&ours, &theirs)
        if pair < 0 { return pair }
        let sent = sendAdoption(fd, theirs)
        System.close(theirs)
        guard sent > 0 else {
            System.close(ours)
            return System.reason(ofFailedSend: sent)
        }
        unsafe handle.pointee.control = vb2_edge_hide(ours)
        let result = unsafe sayHello(handle, openFlags)
        if result < 0 { unsafe disconnect(handle) }
        return result
    }

    /// What a server said that hung up at once: two bytes stand in front of the end.
    /// - Returns: nil if it said nothing; else the errno negated.
    private static func refusal(_ fd: Int32) -> Int64? {
        var said: UInt16 = 0
        let result = unsafe withUnsafeMutablePointer(to: &said) { place in
            unsafe vb2_syscall6(
                Int64(VB2_SYS_RECVFROM), Int64(fd), System.address(place), 2, Int64(Doorbell.nowait | Doorbell.peek),
                0, 0)
        }
        // The first in memory is the lower: all machines here are little-endian (VB2_BYTE_REFUSED).
        guard result == 2, said & 0xFF == 0x52, said > 0xFF else { return nil }
        return -Int64(said >> 8)
    }

    /// Closes the control socket.
    static func disconnect(_ handle: Handle) {
        let control = unsafe handle.pointee.control
        guard control >= 0 else { return }
        vb2_edge_unhide(control)
        unsafe handle.pointee.control = -1
    }

    /// One byte that carries our end's peer, and a filler behind it: the socket stays unwritable while the
    /// server takes what was in front.
    private static func sendAdoption(_ fd: Int32, _ descriptor: Int32) -> Int64 {
        var bytes: [256 of UInt8] = .init(repeating: 0x46)  // VB2_BYTE_FILLER
        bytes[0] = 0x41  // VB2_BYTE_ADOPT
        var number = descriptor
        let nothing = unsafe vb2_part(bytes: nil, count: 0)
        return unsafe withUnsafeMutablePointer(to: &bytes) { bytes in
            let part = unsafe vb2_part(bytes: UnsafeRawPointer(bytes), count: UInt64(VB2_FILLER_BYTES))
            while true {
                let result = unsafe vb2_send_message(fd, part, nothing, nothing, &number, 1, 0)
                if result == -Int64(EINTR) { continue }
                guard result == -Int64(EAGAIN) else { return result }
                // O_NONBLOCK, and another process's is under way. Nothing tells when there is room for one more:
                // POLLOUT wants room for two.
                _ = System.isHungUp(fd, within: 1_000_000)
            }
        }
    }

    private static func sayHello(_ handle: Handle, _ openFlags: UInt32) -> Int64 {
        var hello = vb2_hello()
        var request = Request(VB2_OP_HELLO, value: openFlags)
        let result = unsafe withUnsafeMutablePointer(to: &hello) { place in
            unsafe request.exchange(
                handle, Region(UnsafeMutableRawPointer(place), MemoryLayout<vb2_hello>.size), Region())
        }
        guard result >= 0 else {
            request.received.closeAll()
            return result
        }
        guard request.received.count == 1 else {
            request.received.closeAll()
            return request.wasTruncated ? -Int64(EMFILE) : -Int64(ENODEV)
        }
        defer { request.received.closeAll() }
        unsafe handle.pointee.handle = hello.handle
        unsafe handle.pointee.server = hello.server
        unsafe handle.pointee.open_flags = hello.open_flags
        unsafe handle.pointee.node = hello.node
        if unsafe handle.pointee.page != nil { return 0 }
        return unsafe mapPage(handle, request.received.numbers[0], bytes: hello.page_bytes)
    }

    private static func mapPage(_ handle: Handle, _ file: Int32, bytes: UInt32) -> Int64 {
        let mapped = unsafe System.map(nil, UInt64(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, file)
        guard mapped > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(mapped)) else { return mapped }
        let page = unsafe base.assumingMemoryBound(to: vb2_page.self)
        guard unsafe bytes >= UInt32(MemoryLayout<vb2_page>.size), unsafe page.pointee.magic == UInt32(VB2_PAGE_MAGIC),
            unsafe page.pointee.version == VB2_PAGE_VERSION, unsafe page.pointee.byte_count == bytes
        else {
            // A server of another version.
            unsafe System.unmap(base, UInt64(bytes))
            return -Int64(ENODEV)
        }
        unsafe handle.pointee.page = page
        return 0
    }
}
