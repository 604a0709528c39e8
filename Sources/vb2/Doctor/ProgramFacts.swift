/// What the doctor knows of a program file.
struct ProgramFacts: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        case elf(ELFFile)
        /// "#!" and this command.
        case script(interpreter: String)
        /// An ELF file whose tables can't be read.
        case damaged
        /// Neither.
        case other
    }

    /// With links followed.
    var path: String
    var content: Content
    var isExecutable: Bool
    /// It runs with another user's or group's rights.
    var isSetID: Bool
    /// It runs with capabilities of its own (setcap(8)).
    var hasCapabilities: Bool

    /// What the bytes at a file's beginning say. They must be the whole file if it is ELF.
    static func content(of bytes: [UInt8]) -> Content {
        if bytes.starts(with: [0x23, 0x21]) {
            let line = bytes.dropFirst(2).prefix(256).prefix { $0 != 0x0a }
            let words = String(decoding: line, as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\t" })
            return .script(interpreter: interpreter(words.map(String.init)))
        }
        do throws(ELFFile.Fault) { return .elf(try ELFFile(bytes)) } catch {
            return error == .notELF ? .other : .damaged
        }
    }

    /// `env` is looked through: it starts the program that it names, by PATH.
    private static func interpreter(_ words: [String]) -> String {
        guard let first = words.first else { return "/bin/sh" }
        guard first.hasSuffix("/env") else { return first }
        return words.dropFirst().first { !$0.hasPrefix("-") && !$0.contains("=") } ?? first
    }
}
