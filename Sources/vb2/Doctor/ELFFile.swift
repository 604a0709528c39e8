/// What an ELF file says of itself, as far as it decides whether a library can be preloaded into it.
///
/// The bytes may be anything: every offset and count is checked against them (elf(5)).
struct ELFFile: Hashable, Sendable {
    /// Why bytes are no such file.
    enum Fault: Error, Hashable {
        /// They don't begin as an ELF file does.
        case notELF
        /// They do, but what follows is cut or contradicts itself.
        case damaged
    }

    var is64Bit: Bool
    var isLittleEndian: Bool
    /// e_machine: 62 is x86-64, 183 is AArch64.
    var machine: UInt16
    /// e_type: 2 is an executable, 3 a shared object (also a position-independent executable).
    var type: UInt16
    /// The dynamic linker that it asks for (PT_INTERP); nil if it asks for none: then it is static.
    var interpreter: String?
    /// Names of its sections. Empty if they were stripped.
    var sectionNames: [String]
    /// The libraries that it needs (DT_NEEDED).
    var neededLibraries: [String]

    static let intel: UInt16 = 62
    static let arm: UInt16 = 183

    init(_ bytes: [UInt8]) throws(Fault) {
        guard bytes.count >= 16, bytes[0] == 0x7f, bytes[1] == 0x45, bytes[2] == 0x4c, bytes[3] == 0x46 else {
            throw .notELF
        }
        guard bytes[4] == 1 || bytes[4] == 2, bytes[5] == 1 || bytes[5] == 2 else { throw .damaged }
        is64Bit = bytes[4] == 2
        isLittleEndian = bytes[5] == 1
        let reader = ELFReader(bytes: bytes, is64Bit: is64Bit, isLittleEndian: isLittleEndian)
        guard let type = reader.half(at: 16), let machine = reader.half(at: 18) else { throw .damaged }
        self.type = type
        self.machine = machine
        guard let segments = reader.segments() else { throw .damaged }
        interpreter = nil
        if let segment = segments.first(where: { $0.type == 3 }) {
            guard let text = reader.text(at: segment.offset, limit: segment.size) else { throw .damaged }
            interpreter = text
        }
        // Sections are for debuggers and linkers: without them the file runs, so a fault there is none.
        sectionNames = reader.sectionNames()
        neededLibraries = reader.neededLibraries(segments)
    }

    /// Whether the Go linker made it: Go's own runtime calls the kernel without libc.
    var isGo: Bool { sectionNames.contains { $0 == ".go.buildinfo" || $0 == ".note.go.buildid" } }

    /// Whether no dynamic linker loads it, so that nothing can be preloaded.
    var isStatic: Bool { interpreter == nil }

    /// Whether it is for the libc musl, whose linker ignores symbols' versions.
    var usesMusl: Bool { interpreter?.contains("/ld-musl-") ?? false }

    /// The machine's name, as people write it.
    var machineName: String {
        switch machine {
        case Self.intel: is64Bit ? "x86-64" : "x32"
        case Self.arm: "AArch64"
        case 3: "32-bit x86"
        case 40: "32-bit Arm"
        case 243: is64Bit ? "64-bit RISC-V" : "32-bit RISC-V"
        case 21: "64-bit PowerPC"
        case 22: "S/390"
        default: "another machine (\(machine))"
        }
    }
}
