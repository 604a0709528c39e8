extension BlockCode {
    /// Reads both bands of a frame from its luma.
    ///
    /// Nil if either band is unreadable: a frame that is torn within a band looks so.
    /// - Parameters:
    ///   - luma: the plane, from its first line. It may come from anywhere.
    ///   - stride: bytes from one line to the next.
    public static func decode(luma: RawSpan, width: Int, height: Int, stride: Int) -> Reading? {
        guard width >= 48, height >= 32, width <= 16384, height <= 16384, stride >= width, stride <= 1 << 20,
            luma.byteCount >= (height - 1) * stride + width
        else { return nil }
        // A scaled frame carries the grid of the size that it had.
        for grid in [BlockGrid.wide, .small] {
            if let top = read(luma, width, height, stride, grid, from: 0),
                let bottom = read(luma, width, height, stride, grid, from: grid.lowerBand)
            {
                return top == bottom ? .frame(top) : .torn(top: top, bottom: bottom)
            }
        }
        return nil
    }

    private static func read(
        _ luma: RawSpan, _ width: Int, _ height: Int, _ stride: Int, _ grid: BlockGrid, from first: Int
    ) -> Stamp? {
        let cellWidth = Double(width) / Double(grid.columns)
        let cellHeight = Double(height) / Double(grid.rows * grid.share)
        var values = InlineArray<96, Int>(repeating: 0)
        for cell in 0..<cellCount {
            values[cell] = average(
                luma, stride, columns: middle(of: cell % grid.columns, cellWidth),
                rows: middle(of: first + cell / grid.columns, cellHeight))
        }
        guard let threshold = threshold(values) else { return nil }
        var bits: UInt128 = 0
        for cell in 0..<cellCount { bits = bits << 1 | (values[cell] > threshold ? 1 : 0) }
        return stamp(bits)
    }

    /// The pixels in the middle half of a cell, at least one: its edges are what scaling and codecs blur.
    private static func middle(of index: Int, _ size: Double) -> Range<Int> {
        let centre = (Double(index) + 0.5) * size
        let from = Int((centre - size / 4).rounded(.up))
        let to = Int((centre + size / 4).rounded(.down))
        return from < to ? from..<to : Int(centre)..<(Int(centre) + 1)
    }

    /// The mean luma of a few pixels, in 1/16.
    private static func average(
        _ luma: RawSpan, _ stride: Int, columns: Range<Int>, rows: Range<Int>
    ) -> Int {
        var sum = 0
        for row in rows {
            for column in columns {
                sum += Int(unsafe luma.unsafeLoad(fromByteOffset: row * stride + column, as: UInt8.self))
            }
        }
        return sum * 16 / (columns.count * rows.count)
    }

    /// Halfway between the mean of the cells that are known to be black and of those known to be white, so that
    /// changes of brightness and contrast don't matter.
    private static func threshold(_ values: borrowing InlineArray<96, Int>) -> Int? {
        var (black, white) = (0, 0)
        for bit in 0..<8 {
            let shift = UInt8(7 - bit)
            if leading >> shift & 1 == 1 { white += values[bit] } else { black += values[bit] }
            if trailing >> shift & 1 == 1 { white += values[88 + bit] } else { black += values[88 + bit] }
        }
        // Each fixed pattern has four black cells and four white ones.
        let (darkest, lightest) = (black / 8, white / 8)
        guard lightest - darkest >= leastContrast * 16 else { return nil }
        return (darkest + lightest) / 2
    }
}
