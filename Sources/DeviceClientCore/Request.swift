import CVideoABI

/// One request to the server and its answer, over the process's private control socket.
struct Request {
    var header = vb2_request()
    var reply = vb2_reply()
    /// Go with the request; the program's own, not closed here.
    var descriptors = DescriptorList()
    /// Came with the answer; the receiver keeps or closes each.
    var received = DescriptorList()
    /// Some were lost because the process's table of descriptors is full.
    var wasTruncated = false

    init(_ operation: Int, command: UInt32 = 0, value: UInt32 = 0) {
        header.version = VB2_WIRE_VERSION
        header.operation = UInt32(operation)
        header.command = command
        header.value = value
    }

    /// Sends it and waits for the answer, whose payload the kernel writes straight to `argument` and
    /// `nested`.
    /// - Returns: the server's result; EFAULT if the kernel could not read or write those; ENODEV if the
    ///   server is gone.
    mutating func perform(
        _ handle: Handle, _ fd: Int32, _ argument: Region = Region(), _ nested: Region = Region()
    ) -> Int64 {
        _ = unsafe pthread_mutex_lock(&handle.pointee.request_lock)
        defer { _ = unsafe pthread_mutex_unlock(&handle.pointee.request_lock) }
        if unsafe handle.pointee.control < 0 {
            let adopted = unsafe Adoption.connect(handle, fd, openFlags: handle.pointee.open_flags)
            if adopted < 0 { return adopted }
        }
        return unsafe exchange(handle, argument, nested)
    }

    /// As `perform`, with the request lock held and the control socket made.
    mutating func exchange(_ handle: Handle, _ argument: Region, _ nested: Region) -> Int64 {
        unsafe handle.pointee.sequence &+= 1
        header.sequence = unsafe handle.pointee.sequence
        header.argument_bytes = UInt32(truncatingIfNeeded: argument.count)
        header.nested_bytes = UInt32(truncatingIfNeeded: nested.count)
        let control = unsafe handle.pointee.control
        var sent = send(control, argument, nested)
        if sent == -Int64(EFAULT) {
            // The kernel's order: ENOTTY for an ioctl that isn't there comes before EFAULT.
            header.flags |= UInt32(VB2_REQUEST_FAULTED)
            header.argument_bytes = 0
            header.nested_bytes = 0
            sent = send(control, Region(), Region())
        }
        // A descriptor of the program's that isn't open; the caller knows what that means.
        if sent == -Int64(EBADF) { return sent }
        return sent < 0 ? System.reason(ofFailedSend: sent) : receive(control, argument, nested)
    }

    private func send(_ control: Int32, _ argument: Region, _ nested: Region) -> Int64 {
        var head = header
        var list = descriptors.numbers
        return unsafe withUnsafeMutablePointer(to: &head) { head in
            unsafe withUnsafeMutablePointer(to: &list) { list in
                let first = unsafe vb2_part(bytes: UnsafeRawPointer(head), count: 64)
                let numbers = unsafe UnsafeRawPointer(list).assumingMemoryBound(to: Int32.self)
                while true {
                    let result = unsafe vb2_send_message(
                        control, first, argument.part, nested.part, numbers, descriptors.count, 0)
                    if result != -Int64(EINTR) { return result }
                }
            }
        }
    }

    private mutating func receive(_ control: Int32, _ argument: Region, _ nested: Region) -> Int64 {
        var head = vb2_reply()
        var list = received.numbers
        var count: UInt32 = 0
        var truncated: UInt32 = 0
        let wanted = header.sequence
        let result: Int64 = unsafe withUnsafeMutablePointer(to: &head) { head in
            unsafe withUnsafeMutablePointer(to: &list) { list in
                let first = unsafe vb2_part(bytes: UnsafeRawPointer(head), count: 32)
                let numbers = unsafe UnsafeMutableRawPointer(list).assumingMemoryBound(to: Int32.self)
                while true {
                    let result = unsafe vb2_receive_message(
                        control, first, argument.part, nested.part, numbers, &count, &truncated)
                    if result == -Int64(EINTR) { continue }
                    if result == -Int64(EFAULT) { return result }
                    if result < 32 { return -Int64(ENODEV) }
                    if unsafe head.pointee.sequence == wanted { return 0 }
                }
            }
        }
        reply = head
        received = DescriptorList(numbers: list, count: count)
        wasTruncated = truncated != 0
        if result < 0 { return result }
        return Int64(reply.result)
    }
}

/// Memory of the program that a message is read from or written to. Safe to hold: the kernel touches it.
@safe struct Region {
    var part = unsafe vb2_part(bytes: nil, count: 0)
    var count: Int { unsafe Int(part.count) }

    init() {}

    init(_ base: UnsafeMutableRawPointer?, _ count: Int) {
        unsafe part = unsafe vb2_part(bytes: UnsafeRawPointer(base), count: UInt64(count))
    }
}

/// Up to eight descriptor numbers; who owns them is said where one is used.
struct DescriptorList {
    var numbers: [8 of Int32] = .init(repeating: -1)
    var count: UInt32 = 0

    init() {}

    init(numbers: [8 of Int32], count: UInt32) {
        self.numbers = numbers
        self.count = count
    }

    mutating func append(_ fd: Int32) {
        guard count < 8 else { return }
        numbers[Int(count)] = fd
        count += 1
    }

    func closeAll() {
        for index in 0..<Int(count) { System.close(numbers[index]) }
    }
}
