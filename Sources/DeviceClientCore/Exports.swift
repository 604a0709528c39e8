public import CVideoABI

// The core's face to C: see ProgramHandle.h for what each does.

@c(vb2_core_adopt)
public func adopt(_ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ openFlags: UInt32) -> Int64 {
    _ = unsafe pthread_mutex_lock(&handle.pointee.request_lock)
    defer { _ = unsafe pthread_mutex_unlock(&handle.pointee.request_lock) }
    if unsafe handle.pointee.control >= 0 { return 0 }
    return unsafe Adoption.connect(handle, fd, openFlags: openFlags)
}

@c(vb2_core_release)
public func release(_ handle: UnsafeMutablePointer<vb2_handle>) {
    unsafe Shadows.discard(handle)
    unsafe Witnesses.discard(handle)
    unsafe Adoption.disconnect(handle)
    if let page = unsafe handle.pointee.page {
        unsafe System.unmap(UnsafeMutableRawPointer(page), UInt64(page.pointee.byte_count))
        unsafe handle.pointee.page = nil
    }
}

@c(vb2_core_forked)
public func forked(_ handle: UnsafeMutablePointer<vb2_handle>) {
    unsafe Adoption.disconnect(handle)
    unsafe Witnesses.discard(handle)
    // Another thread of the parent may have held it.
    _ = unsafe pthread_mutex_init(&handle.pointee.request_lock, nil)
}

@c(vb2_core_ioctl)
public func ioctl(
    _ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ command: UInt32, _ argument: UnsafeMutableRawPointer?
) -> Int64 {
    unsafe Ioctl.perform(handle, fd, command, argument)
}

@c(vb2_core_queue)
public func queue(
    _ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ argument: UnsafeMutableRawPointer?
) -> Int64 {
    unsafe Ioctl.queue(handle, fd, argument)
}

@c(vb2_core_dequeue)
public func dequeue(
    _ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ argument: UnsafeMutableRawPointer?
) -> Int64 {
    unsafe Ioctl.dequeue(handle, fd, argument)
}

@c(vb2_core_map)
public func map(
    _ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ address: UnsafeMutableRawPointer?, _ length: UInt64,
    _ protection: Int32, _ flags: Int32, _ offset: UInt64
) -> Int64 {
    unsafe Mapping.map(handle, fd, address, length, protection, flags, offset)
}

@c(vb2_core_read)
public func read(
    _ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ bytes: UnsafeMutableRawPointer?, _ count: UInt64
) -> Int64 {
    unsafe FileIO.read(handle, fd, bytes, count)
}

@c(vb2_core_write)
public func write(
    _ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ bytes: UnsafeRawPointer?, _ count: UInt64
) -> Int64 {
    unsafe FileIO.write(handle, fd, bytes, count)
}

@c(vb2_core_poll)
public func poll(_ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32, _ events: UInt32) -> UInt32 {
    unsafe Polling.events(handle, fd, events)
}

@c(vb2_core_gone)
public func gone(_ handle: UnsafeMutablePointer<vb2_handle>) {
    if let page = unsafe handle.pointee.page { unsafe Doorbell.shutGate(page) }
}

@c(vb2_core_wait_begin)
public func waitBegin(_ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32) {
    unsafe Polling.waitBegin(handle, fd)
}

@c(vb2_core_wait_end)
public func waitEnd(_ handle: UnsafeMutablePointer<vb2_handle>, _ fd: Int32) {
    unsafe Polling.waitEnd(handle, fd)
}

@c(vb2_core_sync_memory_file)
public func syncMemoryFile(_ argument: UnsafeMutableRawPointer?) -> Int64 {
    guard let argument = unsafe argument, unsafe Arguments.isReadable(argument, 8) else { return -Int64(EFAULT) }
    let flags = unsafe argument.assumingMemoryBound(to: UInt64.self).pointee
    // READ 1, WRITE 2, END 4: at least one direction, and nothing else (dma_buf_ioctl).
    guard flags & ~7 == 0, flags & 3 != 0 else { return -Int64(EINVAL) }
    return 0
}
