/// What a fuzzer hands in, read from the front. Beyond the end it is all zeros.
struct FuzzBytes {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { place >= bytes.count }

    mutating func byte() -> UInt8 {
        guard place < bytes.count else { return 0 }
        defer { place += 1 }
        return bytes[place]
    }

    /// 0 ..< limit, from one byte.
    mutating func number(_ limit: Int) -> Int { Int(byte()) % limit }

    /// A byte says which kind of number: small ones and extremes are short.
    mutating func word() -> UInt32 {
        switch byte() {
        case let small where small < 0xF0: UInt32(small)
        case 0xFF: .max
        case 0xFE: 0x8000_0000
        case 0xFD: .max - 1
        default: UInt32(byte()) | UInt32(byte()) << 8 | UInt32(byte()) << 16 | UInt32(byte()) << 24
        }
    }

    mutating func long() -> UInt64 {
        switch byte() {
        case let small where small < 0xF0: UInt64(small) << 12
        case 0xFF: .max
        default: UInt64(word()) << 32 | UInt64(word())
        }
    }

    /// At most so many bytes, fewer at the end.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, place + count)
        defer { place = end }
        return Array(bytes[place..<end])
    }
}
