public import Imaging
public import PixelFormats

/// A moving test pattern of any size.
///
/// A pattern consists of strips of equal lines, which are made once per size. A strip that moves is kept twice as
/// wide as the frame, and each frame shows another part of it: painting costs one copy of the frame.
public final class TestPatternSource: PictureSource {
    private(set) var pattern: TestPattern
    private var strips: [PatternStrip] = []
    private var drawn: (pattern: TestPattern, size: FrameSize)?

    public init(pattern: TestPattern = .colourBars) {
        self.pattern = pattern
    }

    public var nativeSize: FrameSize? { nil }
    public var nativeInterval: Rational? { nil }
    public var stampPlacement: FrameStamp.Placement { .centre }

    /// Ignores a number that is no pattern's.
    public func select(pattern: Int32) {
        if let known = TestPattern(rawValue: pattern) { self.pattern = known }
    }

    public func next(
        frameNumber: UInt32, milliseconds: UInt32, into picture: I420Picture
    ) throws(PictureSourceError) -> Bool {
        prepare(picture.size)
        for strip in strips { strip.paint(strip.rows, frameNumber: frameNumber, on: picture) }
        return true
    }

    /// Which lines of the pattern's pictures are the same, if there are further boundaries in them.
    func runs(of size: FrameSize, boundaries: [Int]) -> LineRuns {
        prepare(size)
        return LineRuns(height: Int(size.height), boundaries: boundaries + strips.map { 2 * $0.rows.lowerBound })
    }

    /// Paints the first pair of lines of each run.
    func next(frameNumber: UInt32, runs: LineRuns, into picture: I420Picture) {
        prepare(picture.size)
        var index = 0
        for run in runs.pairs {
            let pair = run.lowerBound
            while index + 1 < strips.count, strips[index].rows.upperBound <= pair { index += 1 }
            strips[index].paint(pair..<pair + 1, frameNumber: frameNumber, on: picture)
        }
    }

    private func prepare(_ size: FrameSize) {
        if drawn?.pattern == pattern && drawn?.size == size { return }
        strips = PatternStrip.strips(of: pattern, size: size)
        drawn = (pattern, size)
    }
}

/// Some lines of a pattern that are all the same.
struct PatternStrip {
    /// Lines of chroma from and to; those of luma are twice that.
    let rows: Range<Int>
    private let luma: [UInt8]
    private let blueDifference: [UInt8]
    private let redDifference: [UInt8]
    /// Chroma samples by which the strip moves per frame; negative to the right.
    private let speed: Int

    /// A line whose colour at each chroma sample is `colour`.
    private init(rows: Range<Int>, width: Int, speed: Int = 0, colour: (Int) -> YCbCr) {
        self.rows = rows
        self.speed = speed
        // Twice: the part that is shown may begin anywhere in the first half.
        let line = (0..<2 * width).map { colour($0 % width) }
        luma = line.flatMap { [$0.y, $0.y] }
        blueDifference = line.map(\.u)
        redDifference = line.map(\.v)
    }

    /// - Parameter rows: some of the strip's own.
    func paint(_ rows: Range<Int>, frameNumber: UInt32, on picture: I420Picture) {
        let width = picture.chromaWidth
        let moved = Int(frameNumber) * abs(speed) % width
        let offset = speed < 0 ? (width - moved) % width : moved
        unsafe blueDifference.withUnsafeBufferPointer { blue in
            unsafe redDifference.withUnsafeBufferPointer { red in
                for row in rows where row < picture.chromaHeight {
                    let place = row * picture.chromaStride
                    unsafe Self.copy(blue, offset, picture.blueDifference + place, width)
                    unsafe Self.copy(red, offset, picture.redDifference + place, width)
                }
            }
        }
        unsafe luma.withUnsafeBufferPointer { luma in
            for row in (2 * rows.lowerBound)..<(2 * rows.upperBound) where row < picture.height {
                unsafe Self.copy(luma, 2 * offset, picture.luma + row * picture.lumaStride, picture.width)
            }
        }
    }

    private static func copy(
        _ line: UnsafeBufferPointer<UInt8>, _ offset: Int, _ target: UnsafeMutablePointer<UInt8>, _ count: Int
    ) {
        guard let base = line.baseAddress, offset + count <= line.count else { return }
        unsafe target.update(from: base + offset, count: count)
    }

    /// The strips of a pattern, which together cover the frame.
    static func strips(of pattern: TestPattern, size: FrameSize) -> [PatternStrip] {
        let width = (Int(size.width) + 1) / 2
        let height = (Int(size.height) + 1) / 2
        // A bar's width in about two seconds at 30 frames a second.
        let speed = max(1, width / 480)
        switch pattern {
        case .colourBars:
            // The bars, a grey ramp, and the bars again, running the other way.
            let (ramp, lower) = (height * 11 / 16, height * 13 / 16)
            let bars = YCbCr.bars
            return [
                PatternStrip(rows: 0..<ramp, width: width, speed: speed) { bars[$0 * 8 / width] },
                PatternStrip(rows: ramp..<lower, width: width) { grey($0, of: width) },
                PatternStrip(rows: lower..<height, width: width, speed: -2 * speed) { bars[7 - $0 * 8 / width] },
            ]
        case .greyRamp:
            return [PatternStrip(rows: 0..<height, width: width, speed: speed) { grey($0, of: width) }]
        case .checkerboard:
            // An even number of squares across, so that the board has no seam where it wraps around.
            let across = 16
            let square = max(1, width / across)
            let down = (height + square - 1) / square
            return (0..<down).map { row in
                PatternStrip(rows: (row * square)..<min((row + 1) * square, height), width: width, speed: speed) {
                    ($0 * across / width + row) % 2 == 0 ? .white : .black
                }
            }
        case .black:
            return [PatternStrip(rows: 0..<height, width: width) { _ in .black }]
        }
    }

    private static func grey(_ column: Int, of width: Int) -> YCbCr {
        YCbCr(y: UInt8(16 + column * 219 / max(width - 1, 1)), u: 128, v: 128)
    }
}
