import Imaging
import LinuxSystem
import PictureSources
import PixelFormats
import Testing

struct Y4MTests {
    /// A stream whose frames have the luma 20, 40, 60...
    static func stream(_ header: String, frames: Int, bytes: Int, frameLine: String = "FRAME\n") -> [UInt8] {
        var stream = Array("\(header)\n".utf8)
        for frame in 1...max(frames, 1) where frames > 0 {
            stream += Array(frameLine.utf8)
            stream += [UInt8](repeating: UInt8(20 * frame), count: bytes)
        }
        return stream
    }

    private func withFile<Result>(_ content: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let folder = try Files.makeTemporaryDirectory(prefix: "y4m-")
        defer { try? Files.removeTree(folder) }
        let path = "\(folder)/clip.y4m"
        try Files.write(content, to: path)
        return try body(path)
    }

    @Test(arguments: [
        ("C420jpeg", 64 * 48 * 3 / 2), ("", 64 * 48 * 3 / 2), ("C422", 64 * 48 * 2), ("C444", 64 * 48 * 3),
        ("Cmono", 64 * 48),
    ])
    func `each sampling is read to its end`(chroma: String, bytes: Int) throws {
        let content = Self.stream("YUV4MPEG2 W64 H48 F30000:1001 Ip A1:1 \(chroma) XA=B", frames: 3, bytes: bytes)
        try withFile(content) { path in
            let source = try Y4MSource(path: path)
            #expect(source.nativeSize == FrameSize(width: 64, height: 48))
            #expect(source.nativeInterval == Rational(1001, 30000))
            let picture = I420Picture(size: FrameSize(width: 64, height: 48))
            for luma in [UInt8(20), 40, 60] {
                #expect(try source.next(frameNumber: 0, milliseconds: 0, into: picture))
                #expect(unsafe picture.luma[47 * picture.lumaStride + 63] == luma)
            }
            #expect(try !source.next(frameNumber: 0, milliseconds: 0, into: picture))
        }
    }

    @Test func `a file is repeated and scaled, odd sizes too`() throws {
        let content = Self.stream("YUV4MPEG2 W51 H33", frames: 2, bytes: 51 * 33 + 2 * 26 * 17, frameLine: "FRAME Ix\n")
        try withFile(content) { path in
            let source = try PictureFile.open(path, loops: true)
            #expect(source is Y4MSource)
            let picture = I420Picture(size: FrameSize(width: 100, height: 80))
            for number in UInt32(0)..<6 {
                #expect(try source.next(frameNumber: number, milliseconds: 0, into: picture))
                #expect(unsafe picture.luma[0] == (number % 2 == 0 ? 20 : 40))
            }
        }
    }

    @Test func `a pipe is read, and can't be repeated`() throws {
        let pipe = try Pipe.create()
        let bytes = Self.stream("YUV4MPEG2 W16 H16 F25:1", frames: 2, bytes: 384)
        try pipe.write.writeAll(bytes)
        let path = "/proc/self/fd/\(pipe.read.raw)"
        #expect(throws: PictureSourceError.self) { try PictureFile.open(path, loops: true) }
        let source = try PictureFile.open(path)
        #expect(source.nativeInterval == Rational(1, 25))
        let picture = I420Picture(size: FrameSize(width: 16, height: 16))
        #expect(try source.next(frameNumber: 0, milliseconds: 0, into: picture))
        #expect(unsafe picture.luma[0] == 20)
    }

    @Test func `full range becomes limited range`() throws {
        var content = Array("YUV4MPEG2 W16 H16 XCOLORRANGE=FULL\nFRAME\n".utf8)
        content += [UInt8](repeating: 255, count: 256) + [UInt8](repeating: 128, count: 128)
        try withFile(content) { path in
            let picture = I420Picture(size: FrameSize(width: 16, height: 16))
            let source = try Y4MSource(path: path)
            #expect(try source.next(frameNumber: 0, milliseconds: 0, into: picture))
            #expect(unsafe picture.luma[0] == 235)
            #expect(unsafe picture.blueDifference[0] == 128)
        }
    }

    @Test(arguments: [
        ("", "empty"), ("RIFF", "YUV4MPEG2"), ("YUV4MPEG2 W16", "W and H"), ("YUV4MPEG2 W16 H-4", "W and H"),
        ("YUV4MPEG2 W99999999 H9", "W and H"), ("YUV4MPEG2 W16 H16 F30", "F30"), ("YUV4MPEG2 W16 H16 It", "interlaced"),
        ("YUV4MPEG2 W16 H16 C420p10", "C420p10"),
    ])
    func `a bad header is told in one line`(header: String, hint: String) throws {
        try withFile(Array(header.utf8)) { path in
            let error = #expect(throws: PictureSourceError.self) { try Y4MSource(path: path) }
            let message = error?.message ?? ""
            #expect(message.contains(hint) && message.contains(path) && !message.contains("\n"))
        }
    }

    @Test func `a damaged stream says where`() throws {
        let header = "YUV4MPEG2 W16 H16"
        let whole = Self.stream(header, frames: 2, bytes: 384)
        let damaged = Self.stream(header, frames: 1, bytes: 384) + Array("FRUME\n".utf8)
        for (content, hint) in [
            (Array(whole.dropLast(10)), "10 bytes missing"), (damaged, "byte 408"),
            (Array(damaged.dropLast(4)), "ends at"),
        ] {
            try withFile(content) { path in
                let source = try Y4MSource(path: path)
                let picture = I420Picture(size: FrameSize(width: 16, height: 16))
                #expect(try source.next(frameNumber: 0, milliseconds: 0, into: picture))
                let error = #expect(throws: PictureSourceError.self) {
                    try source.next(frameNumber: 1, milliseconds: 0, into: picture)
                }
                #expect(error?.message.contains(hint) == true, "\(error?.message ?? "")")
            }
        }
        try withFile(Array("\(header)\n".utf8)) { path in
            let source = try Y4MSource(path: path, loops: true)
            let picture = I420Picture(size: FrameSize(width: 16, height: 16))
            #expect(throws: PictureSourceError.self) { try source.next(frameNumber: 0, milliseconds: 0, into: picture) }
        }
    }
}
