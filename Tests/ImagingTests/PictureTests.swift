import Imaging
import LinuxSystem
import PixelFormats
import Testing

struct PictureTests {
    static let size = FrameSize(width: 64, height: 48)

    @Test func `a PNG file reads back exactly`() throws {
        let folder = try Files.makeTemporaryDirectory(prefix: "imaging-")
        defer { try? Files.removeTree(folder) }
        let path = "\(folder)/picture.png"
        let picture = RGBPicture(size: Self.size)
        picture.convert(from: .sample(Self.size))
        try PNGFile.write(picture, to: path)
        let back = try PNGFile.read(path)
        #expect(back.size == Self.size)
        #expect(bytes(of: back) == bytes(of: picture))
        let again = I420Picture(size: Self.size)
        again.convert(from: back)
        #expect(again.lumaDistance(to: .sample(Self.size)) <= 3)
    }

    @Test func `PNG errors say which file and why`() throws {
        #expect(throws: ImagingError.self) { try PNGFile.read("/nonexistent.png") }
        #expect(throws: ImagingError.self) { try PNGFile.read("/proc/self/exe") }
        #expect(throws: ImagingError.self) { try PNGFile.write(RGBPicture(size: Self.size), to: "/nonexistent/a.png") }
    }

    private func bytes(of picture: RGBPicture) -> [UInt8] {
        picture.withBytes { span in unsafe span.withUnsafeBytes { unsafe Array($0) } }
    }

    @Test func `flips mirror, and twice is nothing`() {
        let picture = I420Picture.sample(Self.size)
        let (once, twice) = (I420Picture(size: Self.size), I420Picture(size: Self.size))
        once.copy(from: picture, horizontalFlip: true, verticalFlip: true)
        let last = unsafe once.luma[47 * once.lumaStride + 63]
        #expect(unsafe last == picture.luma[0])
        #expect(once.lumaDistance(to: picture) > 0)
        twice.copy(from: once, horizontalFlip: true, verticalFlip: true)
        #expect(twice.lumaDistance(to: picture) == 0)
        #expect(twice.chromaDistance(to: picture) == 0)
        once.copy(from: picture, horizontalFlip: true)
        #expect(unsafe once.luma[63] == picture.luma[0])
        once.copy(from: picture, verticalFlip: true)
        #expect(unsafe once.luma[47 * once.lumaStride] == picture.luma[0])
    }

    @Test func `scaling keeps a flat colour`() {
        let picture = I420Picture(size: Self.size)
        picture.fill(luma: 99, blueDifference: 88, redDifference: 77)
        let other = I420Picture(size: FrameSize(width: 101, height: 33))
        other.scale(from: picture)
        let flat = I420Picture(size: other.size)
        flat.fill(luma: 99, blueDifference: 88, redDifference: 77)
        #expect(other.lumaDistance(to: flat) <= 1)
        #expect(other.chromaDistance(to: flat) <= 1)
    }

    @Test func `adjustments do what they say, and nothing by default`() {
        let picture = I420Picture.sample(Self.size)
        let adjuster = ColourAdjuster()
        var adjustments = PictureAdjustments()
        adjuster.apply(adjustments, to: picture)
        #expect(picture.lumaDistance(to: .sample(Self.size)) == 0)

        picture.fill(luma: 126, blueDifference: 100, redDifference: 128)
        adjustments.brightness = 148
        adjuster.apply(adjustments, to: picture)
        #expect(unsafe picture.luma[0] == 146)
        adjustments.brightness = 128
        adjustments.contrast = 64
        adjuster.apply(adjustments, to: picture)
        #expect(unsafe picture.luma[0] == 136)
        adjustments.contrast = 128
        adjustments.hue = 64
        adjuster.apply(adjustments, to: picture)
        #expect(unsafe picture.blueDifference[0] == 128)
        #expect(unsafe picture.redDifference[0] == 100)
        adjustments.hue = 0
        adjustments.saturation = 0
        adjuster.apply(adjustments, to: picture)
        #expect(unsafe picture.redDifference[0] == 128)
        adjustments.contrast = .max
        adjustments.hue = .min
        adjustments.brightness = .min
        adjuster.apply(adjustments, to: picture)
        #expect(unsafe picture.luma[0] == 17)
    }
}
