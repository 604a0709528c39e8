import BufferQueue
import BufferSharing
import Imaging
import LinuxSystem
import PictureSources
import PixelFormats
import VideoDevice
import VirtualDevices

/// A display without a server, one program that has it open, and a folder for its files.
final class DisplayBench {
    let folder: String
    let display: VirtualDisplay
    let painter: FramePainter

    init(
        pace: Pace = .onDemand, format fourCC: FourCC = .yuyv, isMultiPlanar: Bool = false, keeps: Bool = true,
        size: FrameSize = FrameSize(width: 64, height: 48)
    ) throws {
        folder = try Files.makeTemporaryDirectory(prefix: "vb2-display-")
        display = try VirtualDisplay(
            configuration: DisplayConfiguration(
                pace: pace, isMultiPlanar: isMultiPlanar, size: size, interval: Rational(1, 10), fourCC: fourCC,
                picturePath: keeps ? "\(folder)/last.png" : nil, recordingPath: keeps ? "\(folder)/all.y4m" : nil))
        guard let format = VideoFormat.layout(fourCC, size: size) else { throw ImagingError("no such format") }
        painter = try FramePainter(source: TestPatternSource(pattern: .black), format: format, stamps: true)
    }

    deinit {
        for name in (try? Files.list(folder)) ?? [] { try? Files.remove("\(folder)/\(name)") }
        try? Files.remove(folder)
    }

    var queue: Queue { display.queue }

    func start(buffers count: Int = 3) throws {
        _ = try queue.requestBuffers(count, memory: .mmap)
        try queue.streamOn()
    }

    /// Paints a frame into a buffer as a program does, through a mapping of its own, and queues it.
    /// - Parameter offset: of each plane's payload, in bytes.
    func give(_ index: Int, frame: UInt32, offset: Int = 0) throws {
        var submission = BufferSubmission()
        submission.planeCount = queue.planeCount
        var mappings: [Mapped] = []
        var planes = unsafe FramePlanes()
        for plane in 0..<queue.planeCount {
            let mapped = try Mapped(queue, plane, index)
            unsafe planes.append(UnsafeMutableRawBufferPointer(rebasing: mapped.bytes[offset...]))
            mappings.append(mapped)
        }
        let used = try unsafe painter.paint(number: frame, milliseconds: 0, into: planes)
        for plane in 0..<queue.planeCount {
            submission.planes[plane].bytesUsed = UInt32(offset) + (used?.planes[plane] ?? 0)
            submission.planes[plane].dataOffset = UInt32(offset)
        }
        try withExtendedLifetime(mappings) { try queue.enqueue(index, submission) }
    }

    func service(_ milliseconds: Int64) -> NextService { display.service(at: CameraBench.time(milliseconds)) }

    /// The numbers of the frames in the recording.
    func recorded() throws -> [UInt32] {
        let source = try PictureFile.open("\(folder)/all.y4m")
        guard let size = source.nativeSize else { return [] }
        let picture = I420Picture(size: size)
        var numbers: [UInt32] = []
        while try source.next(frameNumber: 0, milliseconds: 0, into: picture) {
            if let number = Self.number(picture) { numbers.append(number) }
        }
        return numbers
    }

    /// The number of the frame in the picture file; nil if there is none.
    func pictured() throws -> UInt32? {
        let path = "\(folder)/last.png"
        guard Files.exists(path) else { return nil }
        let colours = try PNGFile.read(path)
        let picture = I420Picture(size: colours.size)
        picture.convert(from: colours)
        return Self.number(picture)
    }

    private static func number(_ picture: I420Picture) -> UInt32? {
        let reading = picture.withLuma { luma in
            BlockCode.decode(
                luma: luma, width: picture.width, height: picture.height, stride: picture.lumaStride)
        }
        guard case .frame(let stamp) = reading else { return nil }
        return stamp.number
    }

    /// A program's mapping of a plane.
    private final class Mapped {
        let mapping: MemoryMapping

        init(_ queue: Queue, _ plane: Int, _ index: Int) throws {
            let file = try queue.exportPlane(plane, ofBuffer: index, access: .readWrite)
            mapping = try MemoryMapping(
                descriptor: file, length: Int(queue.buffers[index].planes[plane].length), access: .readWrite)
        }

        var bytes: UnsafeMutableRawBufferPointer {
            unsafe UnsafeMutableRawBufferPointer(start: mapping.base, count: mapping.count)
        }
    }
}
