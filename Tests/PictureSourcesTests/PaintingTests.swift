import Imaging
import PictureSources
import PixelFormats
import Testing

struct PaintingTests {
    static let sizes = [
        FrameSize(width: 48, height: 32), FrameSize(width: 50, height: 34), FrameSize(width: 160, height: 120),
        FrameSize(width: 640, height: 480), FrameSize(width: 1920, height: 1080),
    ]

    @Test(arguments: PixelFormat.all.map(\.fourCC), sizes)
    func `a painted frame says its number and time`(fourCC: FourCC, size: FrameSize) throws {
        // Below 160x120 the cells are too small for MJPG.
        if fourCC == .mjpg && size.width < 160 { return }
        let format = try #require(VideoFormat.layout(fourCC, size: size))
        let painter = try FramePainter(source: TestPatternSource(), format: format)
        let reader = try FrameReader(format: format)
        let memory = FrameMemory(format)
        let picture = I420Picture(size: size)
        for number in [0, 7, 0x8123_4567, UInt32.max] {
            let time = number &* 33
            let used = try #require(try unsafe painter.paint(number: number, milliseconds: time, into: memory.planes))
            #expect(memory.guardsAreIntact)
            if fourCC != .mjpg { #expect(used.planes[0] == format.planes[0].sizeImage) }
            try unsafe reader.read(memory.planes, bytesUsed: Int(used.planes[0]), into: picture)
            #expect(picture.reading == .frame(.init(number: number, milliseconds: time)))
        }
    }

    /// Lines that are the same are converted once; that must not be seen.
    @Test(arguments: PixelFormat.all.filter { !$0.isCompressed }.map(\.fourCC), TestPattern.allCases)
    func `a frame from repeated lines is that from the whole picture`(fourCC: FourCC, pattern: TestPattern) throws {
        let odd = [FrameSize(width: 49, height: 33), FrameSize(width: 321, height: 243)]
        let fits = PixelFormat.find(fourCC)?.sizeStep == FrameSize(width: 1, height: 1)
        for size in Self.sizes + [FrameSize(width: 1278, height: 722)] + (fits ? odd : []) {
            let format = try #require(VideoFormat.layout(fourCC, size: size))
            for stamps in [true, false] {
                let painter = try FramePainter(source: TestPatternSource(), format: format, stamps: stamps)
                painter.adjustments.pattern = pattern.rawValue
                let whole = try FramePainter(source: TestPatternSource(), format: format, stamps: stamps)
                whole.adjustments.pattern = pattern.rawValue
                let (memory, other) = (FrameMemory(format), FrameMemory(format))
                for number in [UInt32(3), 1234] {
                    _ = try unsafe painter.paint(number: number, milliseconds: 40 * number, into: memory.planes)
                    let picture = try #require(try whole.picture(number: number, milliseconds: 40 * number))
                    _ = try unsafe FrameWriter(format: format).write(picture, into: other.planes)
                    #expect(memory.guardsAreIntact)
                    #expect(memory.equals(other), "\(format), frame \(number)")
                }
            }
        }
    }

    @Test(arguments: TestPattern.allCases)
    func `every pattern and adjustment leaves the code readable`(pattern: TestPattern) throws {
        let size = FrameSize(width: 320, height: 240)
        let format = try #require(VideoFormat.layout(.yuyv, size: size))
        let painter = try FramePainter(source: TestPatternSource(), format: format)
        painter.adjustments.pattern = pattern.rawValue
        painter.adjustments.brightness = 255
        painter.adjustments.contrast = 0
        painter.adjustments.saturation = 255
        painter.adjustments.hue = 33
        painter.adjustments.horizontalFlip = true
        painter.adjustments.verticalFlip = true
        for number in UInt32(0)..<5 {
            let picture = try #require(try painter.picture(number: number, milliseconds: 0))
            #expect(picture.reading == .frame(.init(number: number, milliseconds: 0)))
        }
    }

    @Test func `patterns move and differ`() throws {
        let size = FrameSize(width: 320, height: 240)
        let source = TestPatternSource()
        var pictures: [I420Picture] = []
        for pattern in TestPattern.allCases {
            source.select(pattern: pattern.rawValue)
            for number in [UInt32(0), 50] {
                let picture = I420Picture(size: size)
                #expect(try source.next(frameNumber: number, milliseconds: 0, into: picture))
                pictures.append(picture)
            }
        }
        source.select(pattern: 99)
        for (index, picture) in pictures.enumerated() {
            for (other, another) in pictures.enumerated() where other < index {
                let same = other == 6 && index == 7  // black doesn't move
                #expect((picture.lumaDistance(to: another) == 0) == same)
            }
        }
    }

    @Test func `without a stamp there is no code`() throws {
        let format = try #require(VideoFormat.layout(.grey, size: FrameSize(width: 320, height: 240)))
        let painter = try FramePainter(source: TestPatternSource(), format: format, stamps: false)
        #expect(try painter.picture(number: 1, milliseconds: 1)?.reading == nil)
    }
}
