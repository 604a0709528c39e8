import Imaging
import PictureSources
import PixelFormats
import Testing

extension I420Picture {
    var reading: BlockCode.Reading? {
        withLuma { BlockCode.decode(luma: $0, width: width, height: height, stride: lumaStride) }
    }
}

struct BlockCodeTests {
    static let stamp = BlockCode.Stamp(number: 123_456, milliseconds: 654_321)

    private func picture(_ width: UInt32, _ height: UInt32, luma: UInt8 = 120) -> I420Picture {
        let picture = I420Picture(size: FrameSize(width: width, height: height))
        picture.fill(luma: luma, blueDifference: 200, redDifference: 60)
        return picture
    }

    @Test func `every size from 48x32 on keeps the code`() {
        for width in stride(from: UInt32(48), through: 400, by: 2) {
            let picture = picture(width, max(32, width * 3 / 4 & ~1))
            BlockCode.draw(Self.stamp, on: picture)
            #expect(picture.reading == .frame(Self.stamp), "\(picture.size)")
        }
    }

    @Test func `a frame of two halves is torn`() {
        let other = BlockCode.Stamp(number: Self.stamp.number + 1, milliseconds: Self.stamp.milliseconds + 33)
        for (width, height) in [(UInt32(48), UInt32(32)), (640, 480), (3840, 2160)] {
            let (top, bottom) = (picture(width, height), picture(width, height))
            BlockCode.draw(Self.stamp, on: top)
            BlockCode.draw(other, on: bottom)
            let half = top.lumaStride * top.height / 2
            unsafe (top.luma + half).update(from: bottom.luma + half, count: half)
            #expect(top.reading == .torn(top: Self.stamp, bottom: other))
        }
    }

    @Test func `scaling, brightness and contrast don't matter`() {
        let source = picture(640, 480)
        BlockCode.draw(Self.stamp, on: source)
        for (width, height) in [(UInt32(320), UInt32(240)), (426, 320), (800, 500), (1920, 1080), (240, 180)] {
            let scaled = picture(width, height)
            scaled.scale(from: source)
            #expect(scaled.reading == .frame(Self.stamp), "\(scaled.size)")
        }
        var adjustments = PictureAdjustments()
        adjustments.brightness = 200
        adjustments.contrast = 40
        ColourAdjuster().apply(adjustments, to: source)
        #expect(source.reading == .frame(Self.stamp))
    }

    @Test func `what has no whole code isn't read`() {
        #expect(picture(640, 480).reading == nil)
        #expect(picture(640, 480, luma: 16).reading == nil)
        let damaged = picture(640, 480)
        BlockCode.draw(Self.stamp, on: damaged)
        for y in 0..<15 {
            for x in 200..<210 { unsafe damaged.luma[y * damaged.lumaStride + x] ^= 0xff }
        }
        #expect(damaged.reading == nil)
        let short: [UInt8] = [1, 2, 3]
        #expect(unsafe BlockCode.decode(luma: short.span.bytes, width: 640, height: 480, stride: 640) == nil)
        #expect(unsafe BlockCode.decode(luma: short.span.bytes, width: -1, height: .max, stride: .max) == nil)
        let tiny = picture(32, 32)
        BlockCode.draw(Self.stamp, on: tiny)
        #expect(tiny.reading == nil)
    }
}
