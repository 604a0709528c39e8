import Imaging
import LinuxSystem
import PixelFormats
import Testing

struct JPEGTests {
    static let size = FrameSize(width: 320, height: 240)

    @Test(arguments: [FrameSize(width: 50, height: 34), FrameSize(width: 51, height: 33), size])
    func `a JPEG frame reads back nearly as it was written`(size: FrameSize) throws {
        let format = try #require(VideoFormat.layout(.mjpg, size: size))
        let memory = FrameMemory(format)
        let picture = I420Picture(size: size)
        picture.fill(luma: 100, blueDifference: 60, redDifference: 200)
        let used = try unsafe FrameWriter(format: format, jpegQuality: 95).write(picture, into: memory.planes)
        #expect(memory.guardsAreIntact)
        #expect(memory[0, 0] == 0xff && memory[0, 1] == 0xd8)
        let back = I420Picture(size: size)
        try unsafe FrameReader(format: format).read(memory.planes, bytesUsed: Int(used.planes[0]), into: back)
        #expect(picture.lumaDistance(to: back) <= 2)
        #expect(picture.chromaDistance(to: back) <= 3)
    }

    @Test func `noise that doesn't fit is compressed more`() throws {
        let picture = I420Picture(size: Self.size)
        var state: UInt32 = 1
        for index in 0..<(picture.lumaStride * picture.height) {
            state = state &* 1_664_525 &+ 1_013_904_223
            unsafe picture.luma[index] = UInt8(16 + state >> 24 % 220)
        }
        var format = try #require(VideoFormat.layout(.mjpg, size: Self.size))
        format.planes[0].sizeImage = 30000
        let memory = FrameMemory(format)
        let used = try unsafe FrameWriter(format: format, jpegQuality: 95).write(picture, into: memory.planes)
        #expect(used.planes[0] > 0 && used.planes[0] <= 30000)
        #expect(memory.guardsAreIntact)
        format.planes[0].sizeImage = 100
        let tiny = FrameMemory(format)
        #expect(throws: ImagingError.self) {
            _ = try unsafe FrameWriter(format: format).write(picture, into: tiny.planes)
        }
        #expect(tiny.guardsAreIntact)
    }

    @Test func `what isn't JPEG, or of another size, is refused`() throws {
        let format = try #require(VideoFormat.layout(.mjpg, size: Self.size))
        let reader = try FrameReader(format: format)
        let memory = FrameMemory(format)
        let picture = I420Picture(size: Self.size)
        #expect(throws: ImagingError.self) { try unsafe reader.read(memory.planes, into: picture) }
        #expect(throws: ImagingError.self) { try unsafe reader.read(memory.planes, bytesUsed: 0, into: picture) }
        let small = FrameSize(width: 48, height: 32)
        let other = try #require(VideoFormat.layout(.mjpg, size: small))
        let used = try unsafe FrameWriter(format: other).write(.sample(small), into: memory.planes)
        #expect(throws: ImagingError.self) {
            try unsafe reader.read(memory.planes, bytesUsed: Int(used.planes[0]), into: picture)
        }
    }

    @Test func `a file holds what a frame would`() throws {
        let folder = try Files.makeTemporaryDirectory(prefix: "imaging-")
        defer { try? Files.removeTree(folder) }
        let path = "\(folder)/picture.jpg"
        try JPEGFile.write(.sample(Self.size), to: path)
        #expect(try Files.read(path).prefix(2) == [0xff, 0xd8])
        #expect(throws: ImagingError.self) { try JPEGFile.write(.sample(Self.size), to: "\(folder)/none/a.jpg") }
    }
}
