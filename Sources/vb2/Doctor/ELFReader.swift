/// Reads the tables of an ELF file. Every function gives nil, or nothing, for what lies outside the bytes.
struct ELFReader {
    struct Segment: Hashable {
        /// p_type: 2 is PT_DYNAMIC, 3 is PT_INTERP, 1 is PT_LOAD.
        var type: UInt32
        var offset: UInt64
        var address: UInt64
        var size: UInt64
    }

    let bytes: [UInt8]
    let is64Bit: Bool
    let isLittleEndian: Bool

    /// The program headers; nil if the table isn't within the file.
    func segments() -> [Segment]? {
        guard let table = word(at: is64Bit ? 32 : 28), let size = half(at: is64Bit ? 54 : 42),
            let count = half(at: is64Bit ? 56 : 44)
        else { return nil }
        guard count > 0 else { return [] }
        guard size >= (is64Bit ? 56 : 32) else { return nil }
        var segments: [Segment] = []
        for index in 0..<UInt64(count) {
            guard let at = sum(table, index * UInt64(size)), let type = unsigned(at: at, bytes: 4),
                let offset = word(at: add(at, is64Bit ? 8 : 4)), let address = word(at: add(at, is64Bit ? 16 : 8)),
                let length = word(at: add(at, is64Bit ? 32 : 16))
            else { return nil }
            segments.append(Segment(type: UInt32(type), offset: offset, address: address, size: length))
        }
        return segments
    }

    /// The names of the sections; none if there are none, or their table is damaged.
    func sectionNames() -> [String] {
        guard let table = word(at: is64Bit ? 40 : 32), table > 0, let size = half(at: is64Bit ? 58 : 46),
            let count = half(at: is64Bit ? 60 : 48), let nameIndex = half(at: is64Bit ? 62 : 50),
            size >= (is64Bit ? 64 : 40), nameIndex < count,
            let names = sum(table, UInt64(nameIndex) * UInt64(size)),
            let texts = word(at: add(names, is64Bit ? 24 : 16))
        else { return [] }
        var result: [String] = []
        for index in 0..<UInt64(count) {
            guard let at = sum(table, index * UInt64(size)), let name = unsigned(at: at, bytes: 4),
                let place = sum(texts, name), let text = text(at: place, limit: 256)
            else { break }
            result.append(text)
        }
        return result
    }

    /// The names behind DT_NEEDED; none if there is no dynamic section, or it is damaged.
    func neededLibraries(_ segments: [Segment]) -> [String] {
        guard let dynamic = segments.first(where: { $0.type == 2 }) else { return [] }
        let entry: UInt64 = is64Bit ? 16 : 8
        var needed: [UInt64] = []
        var table: UInt64?
        for index in 0..<min(dynamic.size / entry, 4096) {
            guard let at = sum(dynamic.offset, index * entry), let tag = word(at: at),
                let value = word(at: add(at, entry / 2)), tag != 0
            else { break }
            if tag == 1 { needed.append(value) }
            if tag == 5 { table = value }
        }
        // The table is given by its address in memory; the file has it where the segment that it is in lies.
        guard let table,
            let home = segments.first(where: { $0.type == 1 && table >= $0.address && table - $0.address < $0.size }),
            let start = sum(home.offset, table - home.address)
        else { return [] }
        return needed.compactMap { name in sum(start, name).flatMap { text(at: $0, limit: 256) } }
    }

    /// A text that a zero ends; nil if that isn't found within the limit and the file.
    func text(at offset: UInt64, limit: UInt64) -> String? {
        guard offset < UInt64(bytes.count) else { return nil }
        let start = Int(offset)
        let end = start + Int(min(limit, UInt64(bytes.count - start)))
        guard let zero = bytes[start..<end].firstIndex(of: 0) else { return nil }
        return String(decoding: bytes[start..<zero], as: UTF8.self)
    }

    /// Two bytes.
    func half(at offset: UInt64) -> UInt16? { unsigned(at: offset, bytes: 2).map { UInt16($0) } }

    /// As many bytes as an address of the file's class has.
    func word(at offset: UInt64?) -> UInt64? { offset.flatMap { unsigned(at: $0, bytes: is64Bit ? 8 : 4) } }

    private func unsigned(at offset: UInt64, bytes count: Int) -> UInt64? {
        guard let end = sum(offset, UInt64(count)), end <= UInt64(bytes.count) else { return nil }
        let field = bytes[Int(offset)..<Int(end)]
        let fromHighest = isLittleEndian ? Array(field.reversed()) : Array(field)
        return fromHighest.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func add(_ left: UInt64, _ right: UInt64) -> UInt64? { sum(left, right) }

    private func sum(_ left: UInt64, _ right: UInt64) -> UInt64? {
        let (total, overflow) = left.addingReportingOverflow(right)
        return overflow ? nil : total
    }
}
