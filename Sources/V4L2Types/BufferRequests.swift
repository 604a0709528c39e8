package import CVideoABI
package import SystemPackage

/// What a queue can do: `V4L2_BUF_CAP_*`.
public struct BufferCapabilities: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `V4L2_BUF_CAP_SUPPORTS_MMAP`
    public static let mmap = BufferCapabilities(rawValue: VB2_V4L2_BUF_CAP_SUPPORTS_MMAP)
    /// `V4L2_BUF_CAP_SUPPORTS_USERPTR`
    public static let userPointer = BufferCapabilities(rawValue: VB2_V4L2_BUF_CAP_SUPPORTS_USERPTR)
    /// `V4L2_BUF_CAP_SUPPORTS_DMABUF`
    public static let dmaBuf = BufferCapabilities(rawValue: VB2_V4L2_BUF_CAP_SUPPORTS_DMABUF)
    /// `V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS`
    public static let orphanedBuffers = BufferCapabilities(rawValue: VB2_V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS)
    /// `V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS`
    public static let cacheHints = BufferCapabilities(rawValue: VB2_V4L2_BUF_CAP_SUPPORTS_MMAP_CACHE_HINTS)
    /// `V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS`: VIDIOC_CREATE_BUFS tells the limit.
    public static let maximumBufferCount = BufferCapabilities(
        rawValue: VB2_V4L2_BUF_CAP_SUPPORTS_MAX_NUM_BUFFERS)
    /// `V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS`
    public static let removeBuffers = BufferCapabilities(rawValue: VB2_V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS)
}

/// `V4L2_MEMORY_FLAG_*` of VIDIOC_REQBUFS and VIDIOC_CREATE_BUFS. Bits without a meaning are dropped.
public struct BufferMemoryFlags: OptionSet, Sendable, Hashable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue & 1 }

    /// `V4L2_MEMORY_FLAG_NON_COHERENT`
    public static let nonCoherent = BufferMemoryFlags(rawValue: VB2_V4L2_MEMORY_FLAG_NON_COHERENT)
}

/// VIDIOC_REQBUFS: `struct v4l2_requestbuffers`.
public struct RequestBuffers: Sendable, Hashable {
    public var count: UInt32
    public var type: BufferType
    public var memory: BufferMemory
    /// Only an answer.
    public var capabilities: BufferCapabilities
    public var flags: BufferMemoryFlags

    public init(
        count: UInt32, type: BufferType, memory: BufferMemory, capabilities: BufferCapabilities = [],
        flags: BufferMemoryFlags = []
    ) {
        self.count = count
        self.type = type
        self.memory = memory
        self.capabilities = capabilities
        self.flags = flags
    }

    /// - Throws: EINVAL for a type or memory that isn't one of ours.
    package init(_ c: v4l2_requestbuffers) throws(Errno) {
        self.init(
            count: c.count, type: try BufferType(validating: c.type), memory: try BufferMemory(validating: c.memory),
            capabilities: BufferCapabilities(rawValue: c.capabilities),
            flags: BufferMemoryFlags(rawValue: UInt32(c.flags)))
    }

    package func encode(into c: inout v4l2_requestbuffers) {
        c = v4l2_requestbuffers()
        c.count = count
        c.type = type.rawValue
        c.memory = memory.rawValue
        c.capabilities = capabilities.rawValue
        c.flags = UInt8(truncatingIfNeeded: flags.rawValue)
    }
}

/// VIDIOC_CREATE_BUFS: `struct v4l2_create_buffers`.
public struct CreateBuffers: Sendable, Hashable {
    /// Only an answer: the index of the first new buffer.
    public var index: UInt32
    public var count: UInt32
    public var memory: BufferMemory
    /// Of the new buffers; their sizes need not be the stream's.
    public var format: StreamFormat
    /// Only an answer.
    public var capabilities: BufferCapabilities
    public var flags: BufferMemoryFlags
    /// Only an answer, and only with `BufferCapabilities.maximumBufferCount`: `max_num_buffers`.
    public var maximumBufferCount: UInt32

    public init(
        index: UInt32 = 0, count: UInt32, memory: BufferMemory, format: StreamFormat,
        capabilities: BufferCapabilities = [], flags: BufferMemoryFlags = [], maximumBufferCount: UInt32 = 0
    ) {
        self.index = index
        self.count = count
        self.memory = memory
        self.format = format
        self.capabilities = capabilities
        self.flags = flags
        self.maximumBufferCount = maximumBufferCount
    }

    /// - Throws: EINVAL for a type or memory that isn't one of ours.
    package init(_ c: v4l2_create_buffers) throws(Errno) {
        unsafe self.init(
            index: c.index, count: c.count, memory: try BufferMemory(validating: c.memory),
            format: try StreamFormat(c.format), capabilities: BufferCapabilities(rawValue: c.capabilities),
            flags: BufferMemoryFlags(rawValue: c.flags), maximumBufferCount: c.reserved.0)
    }

    /// Fills everything but the format, which stays as the program gave it.
    package func encode(into c: inout v4l2_create_buffers) {
        unsafe c.index = index
        unsafe c.count = count
        unsafe c.memory = memory.rawValue
        unsafe c.capabilities = capabilities.rawValue
        unsafe c.flags = flags.rawValue
        unsafe c.reserved = (0, 0, 0, 0, 0, 0)
        // Linux 6.8 gave this word its name, max_num_buffers.
        if capabilities.contains(.maximumBufferCount) { unsafe c.reserved.0 = maximumBufferCount }
    }
}

/// VIDIOC_EXPBUF: `struct v4l2_exportbuffer`.
public struct ExportBuffer: Sendable, Hashable {
    public var type: BufferType
    public var index: UInt32
    public var plane: UInt32
    /// open(2) flags of the new descriptor. The queue refuses all but O_CLOEXEC and the access mode.
    public var flags: UInt32
    /// Only an answer: the descriptor, in the program.
    public var descriptor: Int32

    public init(type: BufferType, index: UInt32, plane: UInt32, flags: UInt32, descriptor: Int32 = -1) {
        self.type = type
        self.index = index
        self.plane = plane
        self.flags = flags
        self.descriptor = descriptor
    }

    /// - Throws: EINVAL if the type is none of ours.
    package init(_ c: v4l2_exportbuffer) throws(Errno) {
        self.init(
            type: try BufferType(validating: c.type), index: c.index, plane: c.plane, flags: c.flags,
            descriptor: c.fd)
    }

    package func encode(into c: inout v4l2_exportbuffer) {
        c = v4l2_exportbuffer()
        c.type = type.rawValue
        c.index = index
        c.plane = plane
        c.flags = flags
        c.fd = descriptor
    }
}

/// VIDIOC_REMOVE_BUFS (Linux 6.10): `struct v4l2_remove_buffers`.
public struct RemoveBuffers: Sendable, Hashable {
    public var index: UInt32
    public var count: UInt32
    public var type: BufferType

    public init(index: UInt32, count: UInt32, type: BufferType) {
        self.index = index
        self.count = count
        self.type = type
    }

    /// - Throws: EINVAL if the type is none of ours, even with a count of 0.
    package init(_ c: vb2_remove_buffers) throws(Errno) {
        self.init(index: c.index, count: c.count, type: try BufferType(validating: c.type))
    }

    package func encode(into c: inout vb2_remove_buffers) {
        c = vb2_remove_buffers()
        c.index = index
        c.count = count
        c.type = type.rawValue
    }
}
