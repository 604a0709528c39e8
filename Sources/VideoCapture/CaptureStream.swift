import CVideoABI
import DeviceClient
public import LinuxSystem
public import PixelFormats
import V4L2Types

extension CaptureDevice {
    /// Starts to capture, in the format that the device has now.
    /// - Parameters:
    ///   - bufferCount: how many frames may wait to be taken; the device may give more or fewer.
    ///   - allowsEviction: whether a server that is short of memory may take the pages of frames away for a while, even
    ///     of one that this program is looking at: see ``CaptureStream/eviction``. Ignored by a device of the kernel's.
    /// - Throws: `CaptureError.busy` if another program streams from the device.
    public func startStream(
        bufferCount: Int = 4, allowsEviction: Bool = false
    ) throws(CaptureError) -> CaptureStream {
        try CaptureStream(device: self, bufferCount: bufferCount, allowsEviction: allowsEviction)
    }
}

/// A running capture, which ends with its owner. It belongs to one thread at a time.
///
/// The device fills a ring of buffers that this program maps once; taking a frame costs no copy.
@safe public final class CaptureStream {
    /// The format of each frame.
    public let format: VideoFormat
    /// Frames taken so far.
    public private(set) var frameCount = 0
    /// Frames that the device numbered and this program didn't get, since the first one taken.
    public private(set) var lostCount = 0
    /// Whether the device has said that no more frames come.
    public private(set) var isEnded = false
    /// Whether the device may take the memory of frames away for a while.
    public private(set) var eviction = EvictionPermission.notAsked

    private let device: CaptureDevice
    private var grants: EvictionGrants?
    private var buffers: [[MappedPlane]] = []
    private var expectedSequence: UInt32?
    /// Where the planes of a multi-planar buffer are, for the device to fill in.
    @unsafe private let planes: UnsafeMutableBufferPointer<v4l2_plane>

    init(device: CaptureDevice, bufferCount: Int, allowsEviction: Bool) throws(CaptureError) {
        self.device = device
        format = try device.format()
        unsafe planes = .allocate(capacity: BufferDescriptor.maximumPlaneCount)
        unsafe planes.initialize(repeating: v4l2_plane())
        let count = try device.requestBuffers(UInt32(clamping: max(bufferCount, 1)))
        for index in 0..<count {
            buffers.append(try map(index))
            if allowsEviction { grantEviction(of: index) }
            try queue(index)
        }
        var type = device.bufferType.rawValue
        try device.transport.call(VB2_VIDIOC_STREAMON, "VIDIOC_STREAMON", &type)
    }

    deinit {
        var type = device.bufferType.rawValue
        // Either fails only if the device is gone, and then there is nothing to stop.
        try? device.transport.call(VB2_VIDIOC_STREAMOFF, "VIDIOC_STREAMOFF", &type)
        buffers = []
        grants = nil
        _ = try? device.requestBuffers(0)
        unsafe planes.deallocate()
    }

    /// Waits for the next frame, lends it to the body, and gives its memory back to the device.
    /// - Parameter timeout: nil waits without end.
    /// - Returns: what the body returns; nil at the timeout, and when the stream has ended (``isEnded``).
    /// - Throws: `CaptureError` when the device fails or is gone, and what the body throws; a frame that the
    ///   body failed on is given back as well.
    public func nextFrame<Result>(
        timeout: MonotonicDuration? = nil, _ body: (borrowing CapturedFrame) throws -> Result
    ) throws -> Result? {
        guard let descriptor = try dequeue(timeout) else { return nil }
        if descriptor.flags.contains(.last), descriptor.planes[0].bytesUsed == 0 {
            // No frame, but the end: a device that learns of it too late to mark the last frame sends this.
            isEnded = true
            return nil
        }
        let index = Int(descriptor.index)
        guard buffers.indices.contains(index) else { throw CaptureError.shortBuffer }
        let gap = expectedSequence.map { descriptor.sequence &- $0 } ?? 0
        // A number that goes back is a device that began to count again, not four billion lost frames.
        let lost = gap < 1 << 31 ? gap : 0
        expectedSequence = descriptor.sequence &+ 1
        frameCount += 1
        lostCount += Int(lost)
        let time = MonotonicTime(
            nanoseconds: descriptor.timestampSeconds * 1_000_000_000 + descriptor.timestampMicroseconds * 1000)
        let frame = CapturedFrame(
            format: format, sequence: descriptor.sequence, lostBefore: lost, timestamp: time, flags: descriptor.flags,
            descriptor: descriptor, memory: buffers[index])
        let result: Result
        do { result = try body(frame) } catch {
            try queue(descriptor.index)
            throw error
        }
        try queue(descriptor.index)
        return result
    }

    /// Takes a filled buffer; nil at the timeout or the stream's end.
    private func dequeue(_ timeout: MonotonicDuration?) throws(CaptureError) -> BufferDescriptor? {
        let deadline = timeout.map { MonotonicTime.now() + $0 }
        while !isEnded {
            var c = unsafe emptyBuffer(0)
            let result = unsafe withUnsafeMutablePointer(to: &c) {
                unsafe device.transport.ioctl(VB2_VIDIOC_DQBUF, UnsafeMutableRawPointer($0))
            }
            if result >= 0 { return try unsafe decode(c) }
            switch Errno(rawValue: -result) {
            case .interrupted: continue
            case .resourceTemporarilyUnavailable:
                let left = deadline.map { $0.elapsed(since: MonotonicTime.now()) }
                if let left, left <= .zero { return nil }
                do { _ = try device.transport.waitReadable(timeout: left) } catch { throw CaptureError("poll", error) }
            case .brokenPipe: isEnded = true
            case let errno: throw CaptureError("VIDIOC_DQBUF", errno)
            }
        }
        return nil
    }

    private func queue(_ index: UInt32) throws(CaptureError) {
        var c = unsafe emptyBuffer(index)
        try unsafe device.transport.call(VB2_VIDIOC_QBUF, "VIDIOC_QBUF", &c)
    }

    /// Asks where the planes of a buffer are, and maps them.
    private func map(_ index: UInt32) throws(CaptureError) -> [MappedPlane] {
        var c = unsafe emptyBuffer(index)
        try unsafe device.transport.call(VB2_VIDIOC_QUERYBUF, "VIDIOC_QUERYBUF", &c)
        let descriptor = try unsafe decode(c)
        var mapped: [MappedPlane] = []
        for plane in 0..<descriptor.planeCount {
            let place = descriptor.planes[plane]
            do {
                let offset = place.location & 0xffff_ffff
                mapped.append(MappedPlane(try device.transport.map(offset: offset, length: Int(place.length))))
            } catch { throw CaptureError("mmap", error) }
        }
        return mapped
    }

    /// Grants it for the planes of a buffer. After a refusal it isn't asked for again: what stands against it stays.
    private func grantEviction(of index: UInt32) {
        if case .refused = eviction { return }
        do {
            if grants == nil { grants = try device.transport.makeEvictionGrants() }
            guard let grants else {
                eviction = .notNeeded
                return
            }
            for (plane, memory) in buffers[Int(index)].enumerated() {
                try memory.grant(to: grants, index: index, plane: plane)
            }
            eviction = .granted
        } catch {
            eviction = .refused("\(error)")
        }
    }

    private func emptyBuffer(_ index: UInt32) -> v4l2_buffer {
        var c = unsafe v4l2_buffer()
        unsafe c.index = index
        unsafe c.type = device.bufferType.rawValue
        unsafe c.memory = BufferMemory.mmap.rawValue
        if device.bufferType.isMultiplanar {
            unsafe planes.update(repeating: v4l2_plane())
            unsafe c.m.planes = planes.baseAddress
            // Asked for more planes than it has, QBUF says EINVAL; the others take what is given.
            unsafe c.length = UInt32(format.planeCount)
        }
        return unsafe c
    }

    private func decode(_ c: v4l2_buffer) throws(CaptureError) -> BufferDescriptor {
        do { return try unsafe BufferDescriptor(c, planes: UnsafeRawBufferPointer(planes)) } catch {
            throw CaptureError("v4l2_buffer", error)
        }
    }
}

extension CaptureDevice {
    /// Has the device make buffers, or give them up if the count is 0.
    /// - Returns: how many it made.
    func requestBuffers(_ count: UInt32) throws(CaptureError) -> UInt32 {
        var c = v4l2_requestbuffers()
        RequestBuffers(count: count, type: bufferType, memory: .mmap).encode(into: &c)
        try transport.call(VB2_VIDIOC_REQBUFS, "VIDIOC_REQBUFS", &c)
        return c.count
    }
}
