import Testing

@testable import vb2

struct DiagnosisTests {
    private func facts(_ image: ELFImage = ELFImage(), path: String = "/usr/bin/camera") throws -> ProgramFacts {
        ProgramFacts(
            path: path, content: .elf(try ELFFile(image.bytes)), isExecutable: true, isSetID: false,
            hasCapabilities: false)
    }

    private func verdict(_ facts: ProgramFacts) -> Diagnosis {
        Diagnosis.of(facts, machine: ELFFile.intel) { _ in nil }
    }

    @Test func ordinaryProgramSeesTheDevices() throws {
        #expect(verdict(try facts()).sees)
        #expect(verdict(try facts()).line == "/usr/bin/camera: yes: it is dynamically linked for this machine's glibc")
    }

    @Test func eachReasonNotTo() throws {
        func no(_ word: String, _ change: (inout ProgramFacts) -> Void) throws {
            var facts = try facts()
            change(&facts)
            let verdict = verdict(facts)
            #expect(!verdict.sees)
            #expect(verdict.text.contains(word), "\(verdict.text)")
            #expect(!verdict.line.contains("\n"))
        }
        func elf(_ change: (inout ELFImage) -> Void) throws -> ProgramFacts.Content {
            var image = ELFImage()
            change(&image)
            return .elf(try ELFFile(image.bytes))
        }
        try no("setuid") { $0.isSetID = true }
        try no("capabilities") { $0.hasCapabilities = true }
        try no("chmod") { $0.isExecutable = false }
        try no("neither") { $0.content = .other }
        try no("damaged") { $0.content = .damaged }
        try no("snap") { $0.path = "/snap/bin/camera" }
        try no("Flatpak") { $0.path = "/var/lib/flatpak/exports/bin/org.camera" }
        let content: [(String, ProgramFacts.Content)] = [
            ("statically", try elf { $0.interpreter = nil }),
            ("Go program", try elf { $0.sections = [".go.buildinfo"] }),
            (
                "libopencv",
                try elf { ($0.sections, $0.libraries) = ([".go.buildinfo"], ["libopencv.so.4", "libc.so.6"]) }
            ),
            ("musl", try elf { $0.interpreter = "/lib/ld-musl-x86_64.so.1" }),
            ("32-bit x86", try elf { ($0.is64Bit, $0.machine) = (false, 3) }),
            ("AArch64", try elf { $0.machine = 183 }),
            ("x32", try elf { $0.is64Bit = false }),
        ]
        for (word, content) in content { try no(word) { $0.content = content } }
    }

    @Test func scriptsAreJudgedByTheirInterpreter() throws {
        var script = try facts(path: "/usr/bin/tool")
        script.content = ProgramFacts.content(of: Array("#!/usr/bin/env -S python3 -u\nimport cv2\n".utf8))
        #expect(script.content == .script(interpreter: "python3"))
        let python = try facts(path: "/usr/bin/python3.11")
        let verdict = Diagnosis.of(script, machine: ELFFile.intel) { $0 == "python3" ? python : nil }
        #expect(verdict.sees)
        #expect(verdict.text.contains("/usr/bin/python3.11"))
        #expect(!Diagnosis.of(script, machine: ELFFile.intel) { _ in nil }.sees)
        // A script that is its own interpreter.
        let endless = Diagnosis.of(script, machine: ELFFile.intel) { _ in script }
        #expect(!endless.sees)
        #expect(endless.text.contains("without end"))
    }

    @Test func interpretersOfScripts() {
        func interpreter(_ line: String) -> ProgramFacts.Content { ProgramFacts.content(of: Array(line.utf8)) }
        #expect(interpreter("#! /bin/sh -e\n") == .script(interpreter: "/bin/sh"))
        #expect(interpreter("#!/usr/bin/env A=b ruby\n") == .script(interpreter: "ruby"))
        #expect(interpreter("#!\n") == .script(interpreter: "/bin/sh"))
        #expect(interpreter("plain text") == .other)
    }

    @Test func programsAreFoundByName() {
        #expect(ProgramFinder.path(of: "sh", search: "/nonexistent:/bin") == "/bin/sh")
        #expect(ProgramFinder.path(of: "sh", search: "/nonexistent") == nil)
        #expect(ProgramFinder.path(of: "/bin/sh") == "/bin/sh")
        #expect(ProgramFinder.path(of: "/nonexistent/sh") == nil)
    }
}
