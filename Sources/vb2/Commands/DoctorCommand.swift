import ArgumentParser
import LinuxSystem

/// `vb2 doctor`: why a program can't see the devices.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say whether a program can see the devices, and if not, why.",
        discussion: """
            Programs see the devices through a library that the dynamic linker loads into them. That can't work \
            with every program: not with static ones, not with those that run with other rights than yours, not \
            with those that call the kernel themselves, as Go programs do. This command looks at the program's \
            file and says so in one line, with what to do. The exit status is 0 if the program can see the \
            devices, and 1 if it can't.

            EXAMPLES
              vb2 doctor ffmpeg
              vb2 doctor ./my-camera-test
            """)

    @Argument(help: "The program: a path, or a name that is looked for in PATH.")
    var program: String

    func run() throws {
        guard let path = ProgramFinder.path(of: program) else {
            throw CommandFailure.input("'\(program)' isn't found; check its name, or give its path")
        }
        let verdict = try diagnose(path)
        try StandardOutput.writeLine(verdict.line)
        guard verdict.sees else { throw ExitCode(1) }
    }

    private func diagnose(_ path: String) throws -> Diagnosis {
        do {
            var facts = try ProgramFinder.facts(of: path)
            // A packaging system's launcher is known by the link that leads to it, not by the file behind it.
            if path.hasPrefix("/snap/") || path.contains("/flatpak/") { facts.path = path }
            return Diagnosis.of(facts) { interpreter in
                ProgramFinder.path(of: interpreter).flatMap { try? ProgramFinder.facts(of: $0) }
            }
        } catch {
            throw CommandFailure.input("can't read '\(path)': \(error); check its permissions")
        }
    }
}
