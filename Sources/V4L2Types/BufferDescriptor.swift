public import PixelFormats

/// One buffer as a program and a queue speak of it: `struct v4l2_buffer` with its planes. Nothing of it is
/// on the heap.
///
/// A single-planar buffer has one plane here, whose values the struct holds itself.
public struct BufferDescriptor: Sendable {
    /// Most planes that a buffer can have (`VIDEO_MAX_PLANES`).
    public static let maximumPlaneCount = 8

    /// One plane: `struct v4l2_plane`.
    public struct Plane: Sendable, Hashable {
        /// Bytes of content.
        public var bytesUsed: UInt32
        /// Bytes of memory.
        public var length: UInt32
        /// By the memory type: the mmap(2) offset in the lower 32 bits, the program's address, or the
        /// descriptor's number in the lower 32 bits. Never an address of ours.
        public var location: UInt64
        /// Bytes before the content.
        public var dataOffset: UInt32

        public init(bytesUsed: UInt32 = 0, length: UInt32 = 0, location: UInt64 = 0, dataOffset: UInt32 = 0) {
            self.bytesUsed = bytesUsed
            self.length = length
            self.location = location
            self.dataOffset = dataOffset
        }

        /// The descriptor's number, of a DMABUF plane.
        public var descriptor: Int32 {
            get { Int32(truncatingIfNeeded: location) }
            set { location = UInt64(UInt32(bitPattern: newValue)) }
        }
    }

    public var index: UInt32
    public var type: BufferType
    /// `enum v4l2_memory`, unchecked: DQBUF ignores it, and QBUF compares it with the queue's.
    public var rawMemory: UInt32
    public var flags: BufferFlags
    public var field: FieldOrder
    /// Seconds and microseconds of the frame.
    public var timestampSeconds: Int64
    public var timestampMicroseconds: Int64
    public var timecode: Timecode
    public var sequence: UInt32
    /// Only with `BufferFlags.requestDescriptor`.
    public var requestDescriptor: Int32
    /// How many planes the program gave room for: the `length` of a multi-planar struct, 1 else.
    public var planeCapacity: Int
    /// How many of `planes` count. Of a decoded multi-planar struct: `planeCapacity`, or 0 without an array.
    public var planeCount: Int
    /// The planes; those from `planeCount` on are zero.
    public var planes: InlineArray<8, Plane>

    public init(index: UInt32, type: BufferType, memory: BufferMemory) {
        self.index = index
        self.type = type
        rawMemory = memory.rawValue
        flags = []
        field = .any
        timestampSeconds = 0
        timestampMicroseconds = 0
        timecode = Timecode()
        sequence = 0
        requestDescriptor = 0
        planeCapacity = 1
        planeCount = 1
        planes = InlineArray(repeating: Plane())
    }
}

/// When a frame is within a recording: `struct v4l2_timecode`. Only carried, never read.
public struct Timecode: Sendable, Hashable {
    public var type: UInt32 = 0
    public var flags: UInt32 = 0
    public var frames: UInt8 = 0
    public var seconds: UInt8 = 0
    public var minutes: UInt8 = 0
    public var hours: UInt8 = 0
    /// The four bytes of `userbits`, the first in the lowest.
    public var userBits: UInt32 = 0

    public init() {}
}
