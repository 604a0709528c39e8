import Imaging
import PixelFormats
import Testing

struct FrameConversionTests {
    static let sizes = [FrameSize(width: 48, height: 32), FrameSize(width: 50, height: 34)]
    static let raw = PixelFormat.all.filter { !$0.isCompressed }.map(\.fourCC)

    @Test(arguments: raw, sizes)
    func `a raw frame reads back as it was written`(fourCC: FourCC, size: FrameSize) throws {
        let format = try #require(VideoFormat.layout(fourCC, size: size))
        let memory = FrameMemory(format)
        let picture = I420Picture.sample(size)
        let used = try unsafe FrameWriter(format: format).write(picture, into: memory.planes)
        #expect(memory.guardsAreIntact)
        #expect(used.count == format.planeCount)
        for plane in 0..<8 { #expect(used.planes[plane] == format.planes[plane].sizeImage) }

        let back = I420Picture(size: size)
        try unsafe FrameReader(format: format).read(memory.planes, into: back)
        let isYUV = PixelFormat.find(fourCC)?.isYUV == true
        #expect(picture.lumaDistance(to: back) <= (isYUV ? 0 : 3))
        if isYUV && fourCC != .grey { #expect(picture.chromaDistance(to: back) <= 0) }
    }

    @Test(arguments: raw)
    func `every byte of a tight frame is written`(fourCC: FourCC) throws {
        let size = FrameSize(width: 50, height: 34)
        let format = try #require(VideoFormat.layout(fourCC, size: size))
        let writer = try FrameWriter(format: format)
        let (first, second) = (FrameMemory(format), FrameMemory(format))
        for plane in 0..<format.planeCount {
            for offset in 0..<Int(format.planes[plane].sizeImage) {
                first[plane, offset] = 0
                second[plane, offset] = 255
            }
        }
        _ = try unsafe writer.write(.sample(size), into: first.planes)
        _ = try unsafe writer.write(.sample(size), into: second.planes)
        var differing = 0
        for plane in 0..<format.planeCount {
            for offset in 0..<Int(format.planes[plane].sizeImage) where first[plane, offset] != second[plane, offset] {
                differing += 1
            }
        }
        #expect(differing == 0)
    }

    @Test(arguments: raw)
    func `a longer stride is kept, and its gap left alone`(fourCC: FourCC) throws {
        let size = FrameSize(width: 48, height: 32)
        let format = try #require(VideoFormat.layout(fourCC, size: size, bytesPerLine: 400))
        #expect(format.planes[0].bytesPerLine >= 96)
        let memory = FrameMemory(format)
        let picture = I420Picture.sample(size)
        _ = try unsafe FrameWriter(format: format).write(picture, into: memory.planes)
        #expect(memory.guardsAreIntact)
        #expect(memory[0, Int(format.planes[0].bytesPerLine) - 1] == FrameMemory.guardByte)
        let back = I420Picture(size: size)
        try unsafe FrameReader(format: format).read(memory.planes, into: back)
        #expect(picture.lumaDistance(to: back) <= 3)
    }

    @Test func `colours land in their bytes`() throws {
        let size = FrameSize(width: 48, height: 32)
        let red = I420Picture(size: size)
        red.fill(luma: 81, blueDifference: 90, redDifference: 240)
        for (fourCC, order) in [(FourCC.rgb3, [255, 0, 0]), (.bgr3, [0, 0, 255]), (.ar24, [0, 0, 255, 255])] {
            let format = try #require(VideoFormat.layout(fourCC, size: size))
            let memory = FrameMemory(format)
            _ = try unsafe FrameWriter(format: format).write(red, into: memory.planes)
            for (index, value) in order.enumerated() { #expect(abs(Int(memory[0, index]) - value) <= 2) }
        }
        for (fourCC, order) in [(FourCC.yuyv, [81, 90, 81, 240]), (.uyvy, [90, 81, 240, 81])] {
            let format = try #require(VideoFormat.layout(fourCC, size: size))
            let memory = FrameMemory(format)
            _ = try unsafe FrameWriter(format: format).write(red, into: memory.planes)
            for (index, value) in order.enumerated() { #expect(Int(memory[0, index]) == value) }
        }
        for (fourCC, plane, offset, first) in [
            (FourCC.nv12, 0, 48 * 32, UInt8(90)), (.nv21, 0, 48 * 32, 240), (.nv12m, 1, 0, 90), (.yu12m, 2, 0, 240),
        ] {
            let format = try #require(VideoFormat.layout(fourCC, size: size))
            let memory = FrameMemory(format)
            _ = try unsafe FrameWriter(format: format).write(red, into: memory.planes)
            #expect(memory[plane, offset] == first)
        }
    }

    @Test func `buffers that are too short are refused`() throws {
        let size = FrameSize(width: 48, height: 32)
        let format = try #require(VideoFormat.layout(.nv12, size: size))
        let smaller = FrameMemory(try #require(VideoFormat.layout(.grey, size: size)))
        #expect(throws: ImagingError.self) {
            _ = try unsafe FrameWriter(format: format).write(.sample(size), into: smaller.planes)
        }
        #expect(throws: ImagingError.self) {
            try unsafe FrameReader(format: format).read(smaller.planes, into: I420Picture(size: size))
        }
        #expect(throws: ImagingError.self) {
            try unsafe FrameReader(format: format).read(FramePlanes(), into: I420Picture(size: size))
        }
        let unknown = VideoFormat(fourCC: FourCC(rawValue: 1), size: size, planes: [])
        #expect(throws: ImagingError.self) { try FrameReader(format: unknown) }
        let planeless = VideoFormat(fourCC: .yuyv, size: size, planes: [])
        #expect(throws: ImagingError.self) { try FrameWriter(format: planeless) }
    }
}
