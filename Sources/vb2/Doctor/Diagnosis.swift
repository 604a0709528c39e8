/// Whether a program can see our devices, and if not, why, and what to do.
struct Diagnosis: Hashable, Sendable {
    let path: String
    let sees: Bool
    /// The reason, and the mend if it can't see them.
    let text: String

    /// The verdict in one line.
    var line: String { "\(path): \(sees ? "yes" : "no"): \(text)" }

    init(_ path: String, sees: Bool, _ text: String) {
        self.path = path
        self.sees = sees
        self.text = text
    }

    /// The machine for which this command, and so its library, was built.
    static var nativeMachine: UInt16 {
        #if arch(x86_64)
            ELFFile.intel
        #else
            ELFFile.arm
        #endif
    }

    /// Judges a program. A script is judged by its interpreter, whose facts `lookUp` gives.
    static func of(
        _ facts: ProgramFacts, machine: UInt16 = nativeMachine, depth: Int = 0,
        lookUp: (String) -> ProgramFacts?
    ) -> Diagnosis {
        func no(_ text: String) -> Diagnosis { Diagnosis(facts.path, sees: false, text) }
        if let sandbox = sandbox(of: facts.path) {
            return no("it runs in a sandbox of \(sandbox), with files of its own; use its ordinary package")
        }
        guard facts.isExecutable else { return no("it isn't executable; 'chmod +x \(facts.path)' makes it so") }
        if facts.isSetID {
            return no("it is setuid or setgid, so LD_PRELOAD is ignored; run a copy of it without that bit")
        }
        if facts.hasCapabilities {
            return no("it has file capabilities, so LD_PRELOAD is ignored; run a copy of it without them")
        }
        switch facts.content {
        case .other: return no("it is neither an ELF program nor a script; name the program itself")
        case .damaged: return no("its ELF headers are damaged; install it again")
        case .elf(let elf): return judge(facts.path, elf, machine: machine)
        case .script(let interpreter):
            guard depth < 4 else { return no("its interpreters run each other without end; name the program itself") }
            guard let next = lookUp(interpreter) else {
                return no("its interpreter '\(interpreter)' isn't found; install it")
            }
            let verdict = of(next, machine: machine, depth: depth + 1, lookUp: lookUp)
            let reason = "it is a script, and of its interpreter \(next.path): \(verdict.text)"
            return Diagnosis(facts.path, sees: verdict.sees, reason)
        }
    }

    private static func judge(_ path: String, _ elf: ELFFile, machine: UInt16) -> Diagnosis {
        func no(_ text: String) -> Diagnosis { Diagnosis(path, sees: false, text) }
        let isForeign = elf.machine != machine || !elf.is64Bit || !elf.isLittleEndian
        if isForeign {
            return no("it is built for \(elf.machineName), and libvb2.so for this machine; use a native 64-bit build")
        }
        if elf.isGo {
            let reason = "it is a Go program, which calls the kernel without libc\(libraries(elf))"
            return no("\(reason); use one that goes through libc")
        }
        if elf.isStatic {
            return no("it is statically linked, so nothing can be loaded into it; use a dynamically linked build")
        }
        if elf.usesMusl {
            return no("it uses musl, and libvb2.so needs glibc; use a build for glibc")
        }
        return Diagnosis(path, sees: true, "it is dynamically linked for this machine's glibc")
    }

    /// Of a Go program: which C libraries in it do go through libc.
    private static func libraries(_ elf: ELFFile) -> String {
        let ordinary = ["libc.so", "libpthread.so", "libdl.so", "libresolv.so", "libm.so", "libgcc_s.so", "ld-linux"]
        let others = elf.neededLibraries.filter { name in !ordinary.contains { name.hasPrefix($0) } }
        return others.isEmpty ? "" : " (only \(others.joined(separator: ", ")) would see the devices)"
    }

    /// Which packaging system starts programs in such a place, in a sandbox.
    private static func sandbox(of path: String) -> String? {
        if path.hasPrefix("/snap/") || path.hasPrefix("/var/lib/snapd/") || path == "/usr/bin/snap" { return "snap" }
        if path.contains("/flatpak/") { return "Flatpak" }
        return nil
    }
}
