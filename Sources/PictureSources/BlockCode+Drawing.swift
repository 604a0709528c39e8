public import Imaging

extension BlockCode {
    /// Draws both bands over a picture of at least 48x32.
    public static func draw(_ stamp: Stamp, on picture: I420Picture) {
        guard picture.width >= 48, picture.height >= 32 else { return }
        let grid = BlockGrid.forFrame(width: picture.width, height: picture.height)
        let bits = cells(stamp)
        draw(bits, grid, on: picture, from: 0)
        draw(bits, grid, on: picture, from: grid.lowerBand)
    }

    /// The lines at which the rows of cells begin and end.
    static func boundaries(width: Int, height: Int) -> [Int] {
        guard width >= 48, height >= 32 else { return [] }
        let grid = BlockGrid.forFrame(width: width, height: height)
        return [0, grid.lowerBand].flatMap { first in
            (0...grid.rows).map { grid.top(first + $0, height: height) }
        }
    }

    private static func draw(_ bits: UInt128, _ grid: BlockGrid, on picture: I420Picture, from first: Int) {
        for row in 0..<grid.rows {
            let top = grid.top(first + row, height: picture.height)
            let bottom = grid.top(first + row + 1, height: picture.height)
            let line = unsafe picture.luma + top * picture.lumaStride
            for column in 0..<grid.columns {
                let left = grid.left(column, width: picture.width)
                let right = grid.left(column + 1, width: picture.width)
                let white = bits >> UInt128(cellCount - 1 - (row * grid.columns + column)) & 1 == 1
                unsafe (line + left).update(repeating: white ? 235 : 16, count: right - left)
            }
            for y in (top + 1)..<bottom {
                unsafe (picture.luma + y * picture.lumaStride).update(from: line, count: picture.width)
            }
        }
        // A line of chroma that the band only half covers is greyed too: colour would change the luma in RGB.
        let top = grid.top(first, height: picture.height)
        let bottom = grid.top(first + grid.rows, height: picture.height)
        for y in (top / 2)..<((bottom + 1) / 2) {
            let offset = y * picture.chromaStride
            unsafe (picture.blueDifference + offset).update(repeating: 128, count: picture.chromaWidth)
            unsafe (picture.redDifference + offset).update(repeating: 128, count: picture.chromaWidth)
        }
    }
}
