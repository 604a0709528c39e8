import Imaging
import LinuxSystem
import PictureSources
import PixelFormats

/// What a frame's picture costs: painted, converted, compressed.
enum PaintingRows {
    private static let size = FrameSize(width: 1920, height: 1080)
    private static let rounds = 41

    static func run(_ add: (Row) -> Void) throws {
        let raw = PixelFormat.all.filter { !$0.isCompressed }
        for description in raw { try addPainting(description.fourCC, add) }
        for description in raw { try addConversion(description.fourCC, add) }
        try addJPEG(add)
    }

    /// A next frame of the test pattern, as a camera makes it, beside a copy of as many bytes to the same buffers.
    private static func addPainting(_ fourCC: PixelFormats.FourCC, _ add: (Row) -> Void) throws {
        let frame = try SharedFrame(fourCC, size)
        let painter = try FramePainter(source: TestPatternSource(), format: frame.format)
        var number: UInt32 = 0
        let medians = try Rounds.compare(
            rounds, reference: { Rounds.rate(frame.bytes) { frame.fill() } },
            subject: {
                try Rounds.rate(frame.bytes) {
                    _ = try unsafe painter.paint(number: number, milliseconds: 33 * number, into: frame.planes)
                    number += 1
                }
            })
        add(
            Row(
                name: "test pattern 1920x1080, \(fourCC)", unit: .bytesPerSecond, value: medians.value,
                reference: medians.reference, referenceName: "memcpy of a frame", target: .atLeast(0.5)))
    }

    /// A picture without lines that are the same, to a frame.
    private static func addConversion(_ fourCC: PixelFormats.FourCC, _ add: (Row) -> Void) throws {
        let frame = try SharedFrame(fourCC, size)
        let picture = Self.picture()
        let writer = try FrameWriter(format: frame.format)
        let medians = try Rounds.compare(
            rounds, reference: { Rounds.rate(frame.bytes) { frame.convert(picture) } },
            subject: { try Rounds.rate(frame.bytes) { _ = try unsafe writer.write(picture, into: frame.planes) } })
        add(
            Row(
                name: "I420 to \(fourCC), 1920x1080", unit: .bytesPerSecond, value: medians.value,
                reference: medians.reference, referenceName: "libyuv", target: .atLeast(0.9)))
    }

    /// Both directions; rates are those of the uncompressed picture.
    private static func addJPEG(_ add: (Row) -> Void) throws {
        let frame = try SharedFrame(.mjpg, size)
        let picture = Self.picture()
        let direct = try TurboJPEG(size)
        let bytes = Int(size.width * size.height) * 3 / 2
        let writer = try FrameWriter(format: frame.format, jpegQuality: 85)
        // The reference compresses what ours does: the picture with samples of full range.
        let full = I420Picture(size: size)
        var used = Int(try unsafe writer.write(picture, into: frame.planes).planes[0])
        try unsafe direct.decode(frame.planes.buffers[0], used, into: full)
        let encoding = try Rounds.compare(
            rounds, reference: { try Rounds.rate(bytes) { try direct.encode(full) } },
            subject: {
                try Rounds.rate(bytes) {
                    used = Int(try unsafe writer.write(picture, into: frame.planes).planes[0])
                }
            })
        add(
            Row(
                name: "I420 to MJPG, 1920x1080", unit: .bytesPerSecond, value: encoding.value,
                reference: encoding.reference, referenceName: "libjpeg-turbo", target: .atLeast(0.9)))
        let reader = try FrameReader(format: frame.format)
        let (ours, other) = (I420Picture(size: size), I420Picture(size: size))
        let decoding = try Rounds.compare(
            rounds,
            reference: {
                try Rounds.rate(bytes) { try unsafe direct.decode(frame.planes.buffers[0], used, into: other) }
            },
            subject: {
                try Rounds.rate(bytes) { try unsafe reader.read(frame.planes, bytesUsed: used, into: ours) }
            })
        add(
            Row(
                name: "MJPG to I420, 1920x1080", unit: .bytesPerSecond, value: decoding.value,
                reference: decoding.reference, referenceName: "libjpeg-turbo", target: .atLeast(0.9)))
    }

    /// Slanted ramps: no two lines are the same.
    private static func picture() -> I420Picture {
        let picture = I420Picture(size: size)
        for row in 0..<picture.height {
            for column in 0..<picture.width {
                unsafe picture.luma[row * picture.lumaStride + column] = UInt8(16 + (column / 8 + row / 4) % 220)
            }
        }
        for row in 0..<picture.chromaHeight {
            let place = row * picture.chromaStride
            for column in 0..<picture.chromaWidth {
                unsafe picture.blueDifference[place + column] = UInt8(64 + (column / 8 + row) % 128)
                unsafe picture.redDifference[place + column] = UInt8(64 + (column / 4 + row / 2) % 128)
            }
        }
        return picture
    }
}
