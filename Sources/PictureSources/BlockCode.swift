/// A frame's number and time, drawn into the frame itself so that a program can read them back.
///
/// Black and white cells (luma 16 and 235, grey chroma) in two bands across the whole width, one at the top and one
/// at the bottom. Each band holds 96 cells: 8 of a fixed pattern, the number (32 bits), the time (32 bits), a CRC of
/// both (16 bits), and 8 of a fixed pattern; most significant bit first, white is 1. If the bands disagree, the frame
/// was put together from two.
///
/// All measures are proportions of the frame, so that the code survives scaling. Frames of 320x240 and more have 2
/// rows of 48 cells in a band of 1/16 of the height; smaller ones have 4 rows of 24 cells in a band of 1/4. Then a
/// cell is about 7x7 pixels or more from 160x120 on, and survives MJPG at any usual quality, MPEG-4 and H.264 at
/// usual rates, RGB conversion, and changes of brightness and contrast that leave black and white 24 steps of luma
/// apart. Below that (2x2 pixels at 48x32) it is for uncompressed formats, all of which keep it exactly.
public enum BlockCode {
    /// What a band says.
    public struct Stamp: Hashable, Sendable {
        public var number: UInt32
        public var milliseconds: UInt32

        public init(number: UInt32, milliseconds: UInt32) {
            self.number = number
            self.milliseconds = milliseconds
        }
    }

    /// What a whole frame says.
    public enum Reading: Hashable, Sendable {
        /// Both bands agree.
        case frame(Stamp)
        /// The bands come from two frames.
        case torn(top: Stamp, bottom: Stamp)
    }

    /// The least distance of luma between black and white that counts as readable.
    static let leastContrast = 24
    /// Leading and trailing cells, which are known to the reader.
    static let leading: UInt8 = 0b1010_0110
    static let trailing: UInt8 = 0b1001_1010
    static let cellCount = 96

    /// The cells of a band: the first is bit 95 counted from the least significant.
    static func cells(_ stamp: Stamp) -> UInt128 {
        let payload = UInt64(stamp.number) << 32 | UInt64(stamp.milliseconds)
        return UInt128(leading) << 88 | UInt128(payload) << 24 | UInt128(checksum(payload)) << 8 | UInt128(trailing)
    }

    /// The content of a band from its cells; nil if the fixed patterns or the checksum are wrong.
    static func stamp(_ cells: UInt128) -> Stamp? {
        let payload = UInt64(truncatingIfNeeded: cells >> 24)
        guard UInt8(truncatingIfNeeded: cells >> 88) == leading, UInt8(truncatingIfNeeded: cells) == trailing,
            UInt16(truncatingIfNeeded: cells >> 8) == checksum(payload)
        else { return nil }
        return Stamp(number: UInt32(payload >> 32), milliseconds: UInt32(truncatingIfNeeded: payload))
    }

    /// CRC-16 with the polynomial 0x1021 and the start value 0xffff ("CCITT-FALSE") over the eight bytes, the most
    /// significant first.
    static func checksum(_ payload: UInt64) -> UInt16 {
        var crc: UInt16 = 0xffff
        for shift in stride(from: 56, through: 0, by: -8) {
            crc ^= UInt16(UInt8(truncatingIfNeeded: payload >> UInt64(shift))) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return crc
    }
}

/// How a band's cells lie.
struct BlockGrid {
    let columns: Int
    let rows: Int
    /// The frame's height divided by the band's.
    let share: Int

    static let wide = BlockGrid(columns: 48, rows: 2, share: 16)
    static let small = BlockGrid(columns: 24, rows: 4, share: 4)

    /// The grid for drawing on a frame of this size.
    static func forFrame(width: Int, height: Int) -> BlockGrid {
        width >= 320 && height >= 240 ? .wide : .small
    }

    /// The pixel column at which a cell begins, to the nearest.
    func left(_ column: Int, width: Int) -> Int {
        (2 * column * width + columns) / (2 * columns)
    }

    /// The lower band's first row, if the whole frame were divided into rows of cells.
    var lowerBand: Int { rows * (share - 1) }

    /// The line at which a row of cells begins, to the nearest.
    func top(_ row: Int, height: Int) -> Int {
        (2 * row * height + rows * share) / (2 * rows * share)
    }
}
