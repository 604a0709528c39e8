/// Applies brightness, contrast, saturation and hue to a picture, through tables that are made anew only when a
/// value changes. At the defaults it touches nothing.
public final class ColourAdjuster {
    private var settings = PictureAdjustments()
    private var lumaTable = [UInt8](repeating: 0, count: 256)
    /// Chroma minus 128 times the cosine and the sine of the hue's angle and the saturation, in 1/64.
    private var cosineTable = [Int32](repeating: 0, count: 256)
    private var sineTable = [Int32](repeating: 0, count: 256)

    public init() {}

    /// Changes the picture in place. Values outside of their ranges are cut to them.
    public func apply(_ adjustments: PictureAdjustments, to picture: I420Picture) {
        if adjustments.keepsColours { return }
        if adjustments != settings {
            settings = adjustments
            makeTables()
        }
        if !adjustments.keepsLuma {
            unsafe lumaTable.withUnsafeBufferPointer { table in
                for row in 0..<picture.height {
                    let line = unsafe picture.luma + row * picture.lumaStride
                    for column in 0..<picture.width { unsafe line[column] = table[Int(line[column])] }
                }
            }
        }
        if !adjustments.keepsChroma { turnChroma(of: picture) }
    }

    private func turnChroma(of picture: I420Picture) {
        unsafe cosineTable.withUnsafeBufferPointer { cosine in
            unsafe sineTable.withUnsafeBufferPointer { sine in
                for row in 0..<picture.chromaHeight {
                    let blue = unsafe picture.blueDifference + row * picture.chromaStride
                    let red = unsafe picture.redDifference + row * picture.chromaStride
                    for column in 0..<picture.chromaWidth {
                        let (u, v) = unsafe (Int(blue[column]), Int(red[column]))
                        let (newU, newV) = unsafe (cosine[u] - sine[v], sine[u] + cosine[v])
                        unsafe blue[column] = Self.chroma(newU)
                        unsafe red[column] = Self.chroma(newV)
                    }
                }
            }
        }
    }

    private static func chroma(_ sixtyFourths: Int32) -> UInt8 {
        UInt8(min(max(((sixtyFourths + 32) >> 6) + 128, 16), 240))
    }

    private func makeTables() {
        let brightness = min(max(settings.brightness, 0), 255) - 128
        let contrast = min(max(settings.contrast, 0), 255)
        let saturation = Double(min(max(settings.saturation, 0), 255)) / 128
        let angle = Double(min(max(settings.hue, -128), 128)) / 128 * Double.pi
        let (sine, cosine) = Self.sineAndCosine(angle)
        for value in 0..<256 {
            // 126 is the middle between black, 16, and white, 235.
            let luma = (Int32(value) - 126) * contrast / 128 + 126 + brightness
            lumaTable[value] = UInt8(min(max(luma, 16), 235))
            let chroma = Double(value - 128) * saturation * 64
            cosineTable[value] = Int32((chroma * cosine).rounded())
            sineTable[value] = Int32((chroma * sine).rounded())
        }
    }

    /// By their series: for an angle up to half a turn, twelve terms are exact to far below one step of chroma,
    /// and this module then needs no mathematics library.
    private static func sineAndCosine(_ angle: Double) -> (Double, Double) {
        var (sine, cosine, term) = (0.0, 0.0, 1.0)
        for power in 0..<24 {
            switch power % 4 {
            case 0: cosine += term
            case 1: sine += term
            case 2: cosine -= term
            default: sine -= term
            }
            term *= angle / Double(power + 1)
        }
        return (sine, cosine)
    }
}
