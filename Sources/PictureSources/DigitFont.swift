/// The digits and the few signs that are drawn over frames, five pixels wide and seven high.
enum DigitFont {
    static let width = 5
    static let height = 7

    /// The lines of a character, the leftmost pixel in bit 4; nothing for one that isn't here.
    static func glyph(_ character: UInt8) -> (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) {
        switch character {
        case UInt8(ascii: "0"): (0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110)
        case UInt8(ascii: "1"): (0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110)
        case UInt8(ascii: "2"): (0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111)
        case UInt8(ascii: "3"): (0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110)
        case UInt8(ascii: "4"): (0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010)
        case UInt8(ascii: "5"): (0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110)
        case UInt8(ascii: "6"): (0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110)
        case UInt8(ascii: "7"): (0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000)
        case UInt8(ascii: "8"): (0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110)
        case UInt8(ascii: "9"): (0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100)
        case UInt8(ascii: ":"): (0b00000, 0b00100, 0b00100, 0b00000, 0b00100, 0b00100, 0b00000)
        case UInt8(ascii: "."): (0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b00100, 0b00100)
        default: (0, 0, 0, 0, 0, 0, 0)
        }
    }

    /// One line of a character.
    static func line(_ row: Int, of character: UInt8) -> UInt8 {
        let lines = glyph(character)
        switch row {
        case 0: return lines.0
        case 1: return lines.1
        case 2: return lines.2
        case 3: return lines.3
        case 4: return lines.4
        case 5: return lines.5
        default: return lines.6
        }
    }
}
