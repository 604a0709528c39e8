import PixelFormats
import Testing

struct VideoFormatTests {
    static let size = FrameSize(width: 640, height: 480)

    @Test(
        arguments: [
            (FourCC.yuyv, [1280], [614400]), (.uyvy, [1280], [614400]), (.nv12, [640], [460800]),
            (.nv12m, [640, 640], [307200, 153600]), (.nv21, [640], [460800]), (.nv16, [640], [614400]),
            (.yu12, [640], [460800]), (.yu12m, [640, 320, 320], [307200, 76800, 76800]), (.rgb3, [1920], [921600]),
            (.bgr3, [1920], [921600]), (.xr24, [2560], [1_228_800]), (.ar24, [2560], [1_228_800]),
            (.grey, [640], [307200]), (.mjpg, [0], [618496]),
        ] as [(FourCC, [UInt32], [UInt32])])
    func `strides and sizes are the kernel's`(fourCC: FourCC, strides: [UInt32], sizes: [UInt32]) throws {
        let format = try #require(VideoFormat.layout(fourCC, size: Self.size))
        #expect(format.planeCount == strides.count)
        for plane in 0..<8 {
            #expect(format.planes[plane].bytesPerLine == (plane < strides.count ? strides[plane] : 0))
            #expect(format.planes[plane].sizeImage == (plane < sizes.count ? sizes[plane] : 0))
        }
        #expect(PixelFormat.find(fourCC)?.memoryPlanes == strides.count)
        #expect((PixelFormat.find(fourCC)?.name.utf8.count ?? 99) < 32)
    }

    @Test func `a longer stride is honoured up to a limit, a shorter one raised`() throws {
        let longer = try #require(VideoFormat.layout(.nv12, size: Self.size, bytesPerLine: 704))
        #expect(longer.planes[0] == PlaneGeometry(bytesPerLine: 704, sizeImage: 704 * 720))
        let odd = try #require(VideoFormat.layout(.yu12m, size: Self.size, bytesPerLine: 701))
        #expect(odd.planes[0].bytesPerLine == 702)
        #expect(odd.planes[2] == PlaneGeometry(bytesPerLine: 351, sizeImage: 351 * 240))
        #expect(VideoFormat.layout(.yuyv, size: Self.size, bytesPerLine: 7)?.planes[0].bytesPerLine == 1280)
        #expect(VideoFormat.layout(.xr24, size: Self.size, bytesPerLine: .max)?.planes[0].bytesPerLine == 16384)
        #expect(VideoFormat.layout(.mjpg, size: Self.size, bytesPerLine: 99)?.planes[0].bytesPerLine == 0)
    }

    @Test func `what can't be laid out is nil`() {
        #expect(VideoFormat.layout(FourCC(rawValue: 1), size: Self.size) == nil)
        #expect(VideoFormat.layout(.yuyv, size: FrameSize(width: 0, height: 2)) == nil)
        #expect(VideoFormat.layout(.yuyv, size: FrameSize(width: 3, height: 3)) == nil)
        #expect(VideoFormat.layout(.grey, size: FrameSize(width: 3, height: 3)) != nil)
        #expect(VideoFormat.layout(.grey, size: FrameSize(width: .max, height: .max)) == nil)
    }

    @Test func `components are found in one buffer and in several`() throws {
        let yu12 = try #require(VideoFormat.layout(.yu12, size: Self.size, bytesPerLine: 704))
        #expect(
            yu12.location(of: .redDifference)
                == ComponentLocation(offset: 704 * 480 + 352 * 240, stride: 352, step: 1, columns: 320, rows: 240))
        let nv12m = try #require(VideoFormat.layout(.nv12m, size: Self.size))
        #expect(
            nv12m.location(of: .redDifference)
                == ComponentLocation(plane: 1, offset: 1, stride: 640, step: 2, columns: 320, rows: 240))
        let nv16 = try #require(VideoFormat.layout(.nv16, size: Self.size))
        #expect(
            nv16.location(of: .blueDifference)
                == ComponentLocation(offset: 640 * 480, stride: 640, step: 2, columns: 320, rows: 480))
        let xr24 = try #require(VideoFormat.layout(.xr24, size: Self.size))
        #expect(xr24.location(of: .red)?.offset == 2)
        #expect(xr24.location(of: .luma) == nil)
    }

    @Test(arguments: PixelFormat.all.filter { !$0.isCompressed })
    func `a frame fits its own sizes, and not a byte less`(pixels: PixelFormat) throws {
        let format = try #require(VideoFormat.layout(pixels.fourCC, size: Self.size))
        var lengths = InlineArray<8, Int> { Int(format.planes[$0].sizeImage) }
        #expect(format.fits(lengths))
        for plane in 0..<format.planeCount {
            lengths[plane] -= 1
            #expect(!format.fits(lengths))
            lengths[plane] += 1
        }
        var narrow = format
        narrow.planes[0].bytesPerLine -= 1
        #expect(!narrow.fits(lengths))
    }
}
