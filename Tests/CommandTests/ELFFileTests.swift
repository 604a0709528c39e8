import Testing

@testable import vb2

struct ELFFileTests {
    @Test(arguments: [true, false], [true, false])
    func readsEveryClassAndOrder(is64Bit: Bool, isLittleEndian: Bool) throws {
        var image = ELFImage()
        image.is64Bit = is64Bit
        image.isLittleEndian = isLittleEndian
        image.libraries = ["libv4l2.so.0", "libc.so.6"]
        let file = try ELFFile(image.bytes)
        #expect(file.is64Bit == is64Bit)
        #expect(file.isLittleEndian == isLittleEndian)
        #expect(file.type == 3)
        #expect(file.machine == 62)
        #expect(file.interpreter == "/lib64/ld-linux-x86-64.so.2")
        #expect(file.sectionNames == [".text", ".shstrtab"])
        #expect(file.neededLibraries == ["libv4l2.so.0", "libc.so.6"])
        #expect(!file.isStatic && !file.isGo && !file.usesMusl)
    }

    @Test func knowsStaticGoAndMusl() throws {
        var image = ELFImage()
        image.interpreter = nil
        #expect(try ELFFile(image.bytes).isStatic)
        image.sections = [".text", ".go.buildinfo"]
        #expect(try ELFFile(image.bytes).isGo)
        image.sections = [".note.go.buildid"]
        #expect(try ELFFile(image.bytes).isGo)
        image.interpreter = "/lib/ld-musl-x86_64.so.1"
        #expect(try ELFFile(image.bytes).usesMusl)
    }

    @Test func refusesWhatIsNone() {
        #expect(throws: ELFFile.Fault.notELF) { try ELFFile([]) }
        #expect(throws: ELFFile.Fault.notELF) { try ELFFile(Array("#!/bin/sh\n a script".utf8)) }
        #expect(throws: ELFFile.Fault.damaged) { try ELFFile(Array(ELFImage().bytes.prefix(16))) }
        var bytes = ELFImage().bytes
        bytes[4] = 9
        #expect(throws: ELFFile.Fault.damaged) { try ELFFile(bytes) }
    }

    /// Every file that is cut off, and every byte replaced: a result or a fault, never a trap.
    @Test func survivesDamage() {
        let bytes = ELFImage().bytes
        for count in 0..<bytes.count { _ = try? ELFFile(Array(bytes.prefix(count))) }
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
                var damaged = bytes
                damaged[index] = value
                _ = try? ELFFile(damaged)
            }
        }
        for index in stride(from: 0, to: bytes.count - 8, by: 4) {
            var damaged = bytes
            for offset in 0..<8 { damaged[index + offset] = 0xff }
            _ = try? ELFFile(damaged)
        }
    }
}
