import BufferQueue
import BufferSharing
import Imaging
import LinuxSystem
import PictureSources
import PixelFormats
import V4L2Types
import VideoDevice
import VirtualDevices

/// A camera without a server, and one program that has it open. Time is what the test says.
final class CameraBench {
    let camera: VirtualCamera
    let handles = HandleTable(now: { 0 })
    let handle: OpenHandle

    init(_ configuration: CameraConfiguration = CameraConfiguration()) throws {
        camera = try VirtualCamera(configuration: configuration)
        handle = handles.open(isReadable: true, isWritable: true)
    }

    var queue: Queue { camera.queue }

    @discardableResult
    func setFormat(_ fourCC: FourCC, _ size: FrameSize, bytesPerLine: UInt32 = 0) throws -> VideoFormat {
        let asked = VideoFormat(
            fourCC: fourCC, size: size, planes: [PlaneGeometry(bytesPerLine: bytesPerLine, sizeImage: 0)])
        return try camera.setFormat(asked, for: camera.bufferType, on: handle)
    }

    /// Makes buffers, queues them, and starts.
    func start(buffers count: Int = 2) throws {
        let made = try queue.requestBuffers(count, memory: .mmap)
        for index in 0..<made { try give(index) }
        try queue.streamOn()
    }

    func give(_ index: Int) throws {
        try queue.enqueue(index, BufferSubmission())
    }

    func service(_ milliseconds: Int64) -> NextService {
        camera.service(at: Self.time(milliseconds))
    }

    /// Some moment after the boot, and so many milliseconds.
    static func time(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: 7_000_000_000 + milliseconds * 1_000_000)
    }

    /// Takes the oldest frame, and gives the buffer back to the camera.
    func sequence() throws -> UInt32? {
        guard let index = try queue.dequeue() else { return nil }
        let sequence = queue.buffers[index].payload.sequence
        try give(index)
        return sequence
    }

    /// The picture in a buffer, as a program would decode it.
    func picture(in index: Int) throws -> I420Picture {
        let format = try camera.format(for: camera.bufferType, on: handle)
        let picture = I420Picture(size: format.size)
        var planes = unsafe FramePlanes()
        var mappings: [BufferMapping] = []
        for plane in 0..<format.planeCount {
            guard let buffer = queue.sharedBuffer(ofPlane: plane, ofBuffer: index) else { break }
            let mapping = try AddressSpace.process.attach(buffer).map(direction: .toDevice).mapping
            mappings.append(mapping)
            unsafe planes.append(UnsafeMutableRawBufferPointer(start: mapping.base, count: mapping.count))
        }
        defer { withExtendedLifetime(mappings) {} }
        let used = Int(queue.buffers[index].planes[0].bytesUsed)
        try unsafe FrameReader(format: format).read(planes, bytesUsed: used, into: picture)
        return picture
    }

    /// What the block code in a buffer says.
    func reading(in index: Int) throws -> BlockCode.Reading? {
        let picture = try picture(in: index)
        let count = picture.lumaStride * picture.height
        let bytes = unsafe UnsafeRawBufferPointer(start: picture.luma, count: count)
        return unsafe BlockCode.decode(
            luma: bytes.bytes, width: picture.width, height: picture.height, stride: picture.lumaStride)
    }

    /// Ends all, and says what was not given back.
    func leaks() -> [String] {
        queue.release()
        return queue.counters.unbalanced
    }
}
