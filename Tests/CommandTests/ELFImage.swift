/// A small ELF file, made for a test.
struct ELFImage {
    var is64Bit = true
    var isLittleEndian = true
    var machine: UInt16 = 62
    var interpreter: String? = "/lib64/ld-linux-x86-64.so.2"
    var sections: [String] = [".text"]
    var libraries: [String] = ["libc.so.6"]

    /// The file: header, program headers, interpreter, texts, dynamic section, names, section headers.
    var bytes: [UInt8] {
        let headerSize = is64Bit ? 64 : 52
        let segmentSize = is64Bit ? 56 : 32
        let sectionSize = is64Bit ? 64 : 40
        let segmentCount = (interpreter == nil ? 0 : 1) + 2
        var body: [UInt8] = []
        let start = headerSize + segmentSize * segmentCount
        func place() -> Int { start + body.count }

        let interpreterAt = place()
        if let interpreter { body += Array(interpreter.utf8) + [0] }
        let interpreterSize = place() - interpreterAt

        let textsAt = place()
        var textOffsets: [Int] = []
        body += [0]
        for library in libraries {
            textOffsets.append(place() - textsAt)
            body += Array(library.utf8) + [0]
        }
        let dynamicAt = place()
        for offset in textOffsets { body += word(1) + word(offset) }
        body += word(5) + word(Self.base + textsAt) + word(0) + word(0)
        let dynamicSize = place() - dynamicAt

        let namesAt = place()
        var nameOffsets: [Int] = []
        for name in sections + [".shstrtab"] {
            nameOffsets.append(place() - namesAt)
            body += Array(name.utf8) + [0]
        }
        let sectionsAt = place()
        for offset in nameOffsets {
            body += number(offset, 4) + number(3, 4) + word(0) + word(0) + word(namesAt) + word(0)
            body += number(0, 4) + number(0, 4) + word(0) + word(0)
        }

        var segments = segment(1, at: 0, address: Self.base, size: sectionsAt)
        if interpreter != nil {
            segments += segment(3, at: interpreterAt, address: Self.base + interpreterAt, size: interpreterSize)
        }
        segments += segment(2, at: dynamicAt, address: Self.base + dynamicAt, size: dynamicSize)

        var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, is64Bit ? 2 : 1, isLittleEndian ? 1 : 2, 1]
        header += [UInt8](repeating: 0, count: 9)
        header += number(3, 2) + number(Int(machine), 2) + number(1, 4) + word(0)
        header += word(headerSize) + word(sectionsAt) + number(0, 4)
        header += number(headerSize, 2) + number(segmentSize, 2) + number(segmentCount, 2)
        header += number(sectionSize, 2) + number(nameOffsets.count, 2) + number(sections.count, 2)
        return header + segments + body
    }

    /// Where the file is loaded.
    private static let base = 0x1000

    private func segment(_ type: Int, at offset: Int, address: Int, size: Int) -> [UInt8] {
        let places = word(offset) + word(address) + word(address) + word(size) + word(size)
        return is64Bit
            ? number(type, 4) + number(4, 4) + places + word(8) : number(type, 4) + places + number(4, 4) + word(8)
    }

    private func word(_ value: Int) -> [UInt8] { number(value, is64Bit ? 8 : 4) }

    private func number(_ value: Int, _ count: Int) -> [UInt8] {
        let low = (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        return isLittleEndian ? low : low.reversed()
    }
}
