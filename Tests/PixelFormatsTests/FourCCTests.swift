import PixelFormats
import Testing

struct FourCCTests {
    @Test func `names have the kernel's values`() {
        #expect(FourCC.yuyv.rawValue == 0x5659_5559)
        #expect(FourCC.nv12m.rawValue == 0x3231_4d4e)
        #expect(FourCC.yu12m.rawValue == 0x3231_4d59)
        #expect(FourCC.mjpg.rawValue == 0x4750_4a4d)
    }

    @Test func `text is parsed and printed`() {
        #expect(FourCC("yuyv") == .yuyv)
        #expect(FourCC("NV12M") == .nv12m)
        #expect(FourCC("YU12M") == .yu12m)
        #expect(FourCC("NM12") == .nv12m)
        #expect(FourCC("Y16")?.rawValue == 0x2036_3159)
        #expect(FourCC("pBAA")?.description == "pBAA")
        #expect(FourCC("")?.rawValue == nil)
        #expect(FourCC("TOOLONG")?.rawValue == nil)
        #expect(FourCC("é")?.rawValue == nil)
        for format in PixelFormat.all { #expect(FourCC(format.fourCC.description) == format.fourCC) }
        #expect(FourCC(rawValue: 0x0142_4141).description == "AAB\\x01")
    }

    @Test func `sizes and fractions are parsed, clamped and reduced`() {
        #expect(FrameSize("640x480") == FrameSize(width: 640, height: 480))
        #expect(FrameSize("640x") == nil)
        #expect(FrameSize("0x10") == nil)
        #expect(FrameSize("1x2x3") == nil)
        let range = SizeRange.standard
        #expect(range.clamp(FrameSize(width: 0, height: .max)) == FrameSize(width: 48, height: 2160))
        #expect(range.clamp(FrameSize(width: 641, height: 479)) == FrameSize(width: 642, height: 480))
        #expect(range.contains(FrameSize(width: 50, height: 34)))
        #expect(!range.contains(FrameSize(width: 51, height: 34)))
        #expect(Rational(1001, 30000).inverse == Rational(30000, 1001))
        #expect(Rational(50, 1500).reduced == Rational(1, 30))
        #expect(Rational(1, 25).nanoseconds == 40_000_000)
        #expect(Rational(1, 0).nanoseconds == 0)
        #expect(Rational(1, 60).isLess(than: Rational(1, 30)))
    }
}
