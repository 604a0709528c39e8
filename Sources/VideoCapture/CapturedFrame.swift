import DeviceClient
public import LinuxSystem
public import PixelFormats
public import V4L2Types

/// A frame that a device has filled. It is the program's until the closure that it was given to returns; then
/// the device may fill its memory again.
public struct CapturedFrame: ~Copyable {
    /// The stream's format.
    public let format: VideoFormat
    /// The device's number of the frame. A number that is left out is a frame that this program didn't get.
    public let sequence: UInt32
    /// How many numbers were left out just before this frame.
    public let lostBefore: UInt32
    /// When the frame was taken, if the device's clock is the monotonic one, as nearly all devices' is.
    public let timestamp: MonotonicTime
    /// `V4L2_BUF_FLAG_*`. With `.error` the content is damaged, and the stream goes on.
    public let flags: BufferFlags
    let descriptor: BufferDescriptor
    let memory: [MappedPlane]

    /// The buffers that the frame consists of: 1, or more in the multi-planar interface.
    public var planeCount: Int { memory.count }

    /// The content of a plane: from its data offset on, as many bytes as the device has filled.
    /// Valid during the call.
    /// - Precondition: 0 ..< ``planeCount``.
    public func withPlane<Result, Failure: Error>(
        _ index: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let plane = descriptor.planes[index]
        let mapping = memory[index]
        // The device says both numbers; a device that contradicts itself must not lead beyond the mapping.
        let start = min(Int(plane.dataOffset), mapping.count)
        let end = min(max(Int(plane.bytesUsed), start), mapping.count)
        return try mapping.withBytes { (bytes: RawSpan) throws(Failure) in
            try body(bytes.extracting(start..<end))
        }
    }
}

/// One plane's memory, which several frames in turn are captured into.
final class MappedPlane {
    private let mapping: MemoryMapping

    init(_ mapping: consuming MemoryMapping) {
        self.mapping = mapping
    }

    var count: Int { mapping.count }

    /// Lets the server take its pages away for a while.
    func grant(to grants: EvictionGrants, index: UInt32, plane: Int) throws(EvictionGrants.Refusal) {
        try grants.add(mapping, index: index, plane: UInt32(plane))
    }

    func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try mapping.withBytes(body)
    }
}
