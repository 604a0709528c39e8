import CVideoABI

/// The shapes of ioctl arguments: what goes to the server beside the struct itself.
enum Arguments {
    /// The program's planes array; `base` is nil on single-planar queues.
    @safe struct Planes {
        var base: UnsafeMutablePointer<v4l2_plane>?
        var count: UInt32
    }

    /// Bytes of the argument, from the ioctl's number.
    static func byteCount(_ command: UInt32) -> Int {
        Int((command >> 16) & 0x3FFF)
    }

    /// Whether a struct there can be read, without touching it. What lies in the caller's own stack frames
    /// needs no question; anything else costs one cheap system call for each page.
    static func isReadable(_ base: UnsafeMutableRawPointer, _ count: Int) -> Bool {
        unsafe isOnStack(base) || probe(base, count, System.canRead)
    }

    /// Whether a struct there can be read and written: for those that this half fills itself. Not if there is none.
    @inline(__always)
    static func isWritable(_ base: UnsafeMutableRawPointer?, _ count: Int) -> Bool {
        unsafe isOnStack(base) || probe(base, count, System.canWrite)
    }

    @inline(__always)
    private static func isOnStack(_ base: UnsafeMutableRawPointer?) -> Bool {
        var mark: UInt64 = 0
        let stack = unsafe withUnsafeMutablePointer(to: &mark) { UInt(bitPattern: $0) }
        let start = UInt(bitPattern: base)
        // An address below the stack is a great number here.
        return start &- stack < 32768
    }

    @inline(never)
    private static func probe(
        _ base: UnsafeMutableRawPointer?, _ count: Int, _ isFine: (UnsafeMutableRawPointer) -> Bool
    ) -> Bool {
        let start = UInt(bitPattern: base)
        guard let base = unsafe base, start >= 4096, start < UInt.max / 2, unsafe isFine(base) else { return false }
        let last = unsafe base + max(count - 8, 0)
        let samePage = start >> 12 == (start + UInt(count) - 1) >> 12
        return unsafe samePage || isFine(last)
    }

    /// nil: the array is missing, too long or can't be read; the server says which errno.
    @inline(__always)
    static func planes(of buffer: UnsafeMutablePointer<v4l2_buffer>, _ page: Page) -> Planes? {
        guard unsafe isMultiPlanar(page.pointee.buffer_type) else { return unsafe Planes(base: nil, count: 1) }
        let count = unsafe buffer.pointee.length
        guard count > 0, count <= UInt32(VB2_PLANES), let base = unsafe buffer.pointee.m.planes,
            unsafe isWritable(UnsafeMutableRawPointer(base), Int(count) * MemoryLayout<v4l2_plane>.stride)
        else { return nil }
        return unsafe Planes(base: base, count: count)
    }

    static func isMultiPlanar(_ type: UInt32) -> Bool {
        type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE.rawValue || type == V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE.rawValue
    }

    /// The array that the struct points to; the kernel reads and writes it, and gives EFAULT if it can't.
    static func nested(_ command: UInt32, _ base: UnsafeMutableRawPointer) -> Region {
        switch command {
        case VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF, VB2_VIDIOC_DQBUF, VB2_VIDIOC_PREPARE_BUF:
            let buffer = unsafe base.assumingMemoryBound(to: v4l2_buffer.self)
            let count = unsafe buffer.pointee.length
            guard unsafe isMultiPlanar(buffer.pointee.type), count > 0, count <= UInt32(VB2_PLANES),
                let planes = unsafe buffer.pointee.m.planes
            else { return Region() }
            return unsafe Region(UnsafeMutableRawPointer(planes), Int(count) * MemoryLayout<v4l2_plane>.stride)
        case VB2_VIDIOC_G_EXT_CTRLS, VB2_VIDIOC_S_EXT_CTRLS, VB2_VIDIOC_TRY_EXT_CTRLS:
            let controls = unsafe base.assumingMemoryBound(to: v4l2_ext_controls.self)
            let bytes = unsafe Int(controls.pointee.count) * MemoryLayout<v4l2_ext_control>.stride
            guard bytes > 0, bytes <= Int(VB2_NESTED_BYTES_MAXIMUM), let list = unsafe controls.pointee.controls else {
                return Region()
            }
            return unsafe Region(UnsafeMutableRawPointer(list), bytes)
        default:
            return Region()
        }
    }

    /// Whether a multi-planar struct says how many planes it has, but not where: EFAULT. Source: check_array_args.
    static func isWithoutPlanes(_ command: UInt32, _ base: UnsafeMutableRawPointer) -> Bool {
        switch command {
        case VB2_VIDIOC_QUERYBUF, VB2_VIDIOC_QBUF, VB2_VIDIOC_DQBUF, VB2_VIDIOC_PREPARE_BUF:
            let buffer = unsafe base.assumingMemoryBound(to: v4l2_buffer.self)
            let count = unsafe buffer.pointee.length
            return unsafe isMultiPlanar(buffer.pointee.type) && count > 0 && count <= UInt32(VB2_PLANES)
                && buffer.pointee.m.planes == nil
        default: return false
        }
    }

    /// The descriptors that a DMABUF QBUF or PREPARE_BUF names.
    static func addDescriptors(
        _ command: UInt32, _ base: UnsafeMutableRawPointer, _ nested: Region, to request: inout Request
    ) {
        guard command == VB2_VIDIOC_QBUF || command == VB2_VIDIOC_PREPARE_BUF else { return }
        let buffer = unsafe base.assumingMemoryBound(to: v4l2_buffer.self)
        guard unsafe buffer.pointee.memory == V4L2_MEMORY_DMABUF.rawValue else { return }
        guard unsafe isMultiPlanar(buffer.pointee.type) else {
            unsafe request.descriptors.append(buffer.pointee.m.fd)
            return
        }
        let count = nested.count / MemoryLayout<v4l2_plane>.stride
        guard count > 0, let planes = unsafe buffer.pointee.m.planes,
            unsafe isReadable(UnsafeMutableRawPointer(planes), nested.count)
        else { return }
        for index in 0..<count { unsafe request.descriptors.append(planes[index].m.fd) }
    }

    /// EXPBUF: the descriptor that came is the program's now.
    static func keepExported(_ base: UnsafeMutableRawPointer, _ request: Request) -> Int64 {
        guard request.received.count == 1 else {
            request.received.closeAll()
            return -Int64(EMFILE)
        }
        let export = unsafe base.assumingMemoryBound(to: v4l2_exportbuffer.self)
        let fd = request.received.numbers[0]
        if unsafe export.pointee.flags & UInt32(O_CLOEXEC) == 0 { System.setCloseOnExec(fd, false) }
        unsafe export.pointee.fd = fd
        return 0
    }
}
