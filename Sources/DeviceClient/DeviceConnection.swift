import CVideoABI
import DeviceClientCore
public import LinuxSystem

/// One open device of a server, for a Swift program: the same half of the rings that the preload library
/// runs, without the library.
///
/// It is what a descriptor is to a C program: closing it (its deinit) gives the server everything back.
/// Mappings made through it stay valid after that.
@safe
public final class DeviceConnection: @unchecked Sendable {
    // Unchecked: the core guards the page with the page's own mutex and the control socket with the handle's.
    private let handle: UnsafeMutablePointer<vb2_handle>
    private let socket: UnixSocket

    /// Opens the device for reading and writing; no call waits (O_NONBLOCK), see `waitReadable`.
    /// - Parameter path: the device's socket, `videoN.vb2` in the server's folder.
    /// - Throws: ENOENT or ECONNREFUSED when no server listens there; ENODEV when it is of another version.
    public init(path: String) throws(Errno) {
        socket = try UnixSocket.connect(path: path, kind: .stream)
        // The smallest there is: one filler then keeps it unwritable.
        try socket.setSendBuffer(1)
        try socket.descriptor.setNonblocking(true)
        unsafe handle = .allocate(capacity: 1)
        unsafe handle.initialize(to: vb2_handle())
        unsafe handle.pointee.control = -1
        unsafe handle.pointee.kept = -1
        unsafe pthread_mutex_init(&handle.pointee.request_lock, nil)
        let result = unsafe adopt(handle, socket.descriptor.raw, UInt32(O_RDWR | O_NONBLOCK))
        if result < 0 { throw Errno(rawValue: CInt(-result)) }
    }

    /// The socket, for the caller's own event loop: readable exactly while a capture buffer can be dequeued,
    /// writable exactly while an output buffer can. Nothing is to be read from it or written to it.
    public var descriptor: OwnedDescriptor {
        _read { yield socket.descriptor }
    }

    deinit {
        unsafe release(handle)
        unsafe pthread_mutex_destroy(&handle.pointee.request_lock)
        unsafe handle.deallocate()
    }

    /// Any V4L2 ioctl; the argument is what the kernel's would be.
    /// - Returns: 0 or more, or -errno.
    public func ioctl(_ command: UInt32, _ argument: UnsafeMutableRawPointer) -> Int32 {
        Int32(truncatingIfNeeded: unsafe DeviceClientCore.ioctl(handle, socket.descriptor.raw, command, argument))
    }

    /// Maps a plane, readable and writable, as mmap(2) of the device would.
    /// - Parameter offset: what QUERYBUF gave.
    public func map(offset: UInt64, length: Int) throws(Errno) -> MemoryMapping {
        let result = unsafe DeviceClientCore.map(
            handle, socket.descriptor.raw, nil, UInt64(length), PROT_READ | PROT_WRITE, MAP_SHARED, offset)
        guard result > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(result)) else {
            throw Errno(rawValue: CInt(-result))
        }
        return unsafe MemoryMapping(adopting: base, count: length, access: .readWrite)
    }

    /// Sends a ``Userfault`` to the server, which may take pages of that range away from then on.
    /// - Returns: 0, or -errno.
    func offer(_ userfault: borrowing Userfault, for range: Range<UInt>, index: UInt32, plane: UInt32) -> Int32 {
        let result = unsafe guardPlane(
            handle, socket.descriptor.raw, index: index, plane: plane, address: UInt64(range.lowerBound),
            length: UInt64(range.count), userfault: userfault.descriptor.raw)
        return Int32(truncatingIfNeeded: result)
    }

    /// Waits until a buffer can be dequeued.
    /// - Parameter timeout: nil waits for ever.
    /// - Returns: false if the time ran out.
    /// - Throws: EIO if the queue is not streaming or has failed; ENODEV if the server is gone.
    public func waitReadable(timeout: MonotonicDuration?) throws(Errno) -> Bool {
        let raw = socket.descriptor.raw
        let deadline = timeout.map { MonotonicTime.now() + $0 }
        while true {
            let now = unsafe poll(handle, raw, Self.input)
            if now & Self.hangUp != 0 { throw .operationNotSupportedByDevice }
            if now & Self.error != 0 { throw .ioError }
            if now != 0 { return true }
            let left = deadline.map { $0.elapsed(since: .now()) }
            if let left, left.nanoseconds <= 0 { return false }
            unsafe waitBegin(handle, raw)
            let ready: Result<Events, Errno> = Result { () throws(Errno) in
                try socket.descriptor.wait(for: .input, timeout: left)
            }
            unsafe waitEnd(handle, raw)
            if try !ready.get().intersection([.hangUp, .error]).isEmpty { throw .operationNotSupportedByDevice }
        }
    }

    private static let input: UInt32 = 0x1
    private static let error: UInt32 = 0x8
    private static let hangUp: UInt32 = 0x10
}

// A Swift program sees all of its descriptors: nothing is moved out of its way.

@c(vb2_edge_hide)
public func keepInSight(_ descriptor: Int32) -> Int32 { descriptor }

@c(vb2_edge_unhide)
public func closeInSight(_ descriptor: Int32) {
    _ = vb2_syscall3(Int64(VB2_SYS_CLOSE), Int64(descriptor), 0, 0)
}

/// And nothing is added to them.
@c(vb2_edge_duplicate)
public func duplicateNothing(_ descriptor: Int32) -> Int32 { -EMFILE }

@c(vb2_edge_is_borrowed)
public func isBorrowed() -> Bool { false }

/// A Swift program gives each frame back when its closure ends: it holds none that could stand in the way of a move.
@c(vb2_edge_drop_entries)
public func keepEntries(_ handle: UnsafeMutableRawPointer) {}
