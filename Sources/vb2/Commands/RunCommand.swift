import ArgumentParser
import LinuxSystem

/// `vb2 run`: a program, and the devices that it sees, in one command.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a program that sees devices of ours as /dev/video0, /dev/video1, ...",
        discussion: """
            The devices exist for this program, and for the programs that it starts; nobody else sees them, and \
            nothing is left behind. The command ends with the program's own exit status (128 and the number of \
            the signal that ended it; 127 if it isn't found, 126 if it can't be executed), after the last of its \
            descendants that holds a device has ended. SIGINT, SIGTERM and SIGHUP are passed on to it.

            \(DeviceSpec.grammar)

            EXAMPLES
              vb2 run -- v4l2-ctl --all
              vb2 run --camera pattern:bars,size=1280x720,fps=60 -- ffmpeg -f v4l2 -i /dev/video0 -t 5 out.mp4
              vb2 run --display display:png=last.png -- ffmpeg -i clip.mp4 -pix_fmt yuyv422 -f v4l2 /dev/video0
              vb2 run --camera file:clip.mp4 --camera pattern,format=MJPG -- my-camera-test
              ffmpeg -i clip.mov -f yuv4mpegpipe - | vb2 run --camera - -- my-camera-test

            If the program doesn't see a device, 'vb2 doctor PROGRAM' says why.
            """)

    @OptionGroup var options: DeviceOptions
    @OptionGroup(title: "Memory") var memory: HeapOptions
    @OptionGroup(title: "Limits of one user") var limits: LimitOptions

    @Argument(parsing: .postTerminator, help: "The program and its arguments, after '--'.")
    var program: [String] = []

    func run() throws {
        guard let name = program.first else {
            throw CommandFailure.usage("no program to run; write 'vb2 run -- PROGRAM ARGUMENTS'")
        }
        let devices = try options.list()
        let logger = try options.logger()
        let heap = try memory.makeHeap(logger: logger)
        let library = try ShimLibrary.locate()
        guard ProgramFinder.path(of: name) != nil else {
            throw CommandFailure("'\(name)' isn't found; check its name, or give its path", status: 127)
        }
        // Before any thread is made: they all inherit the mask, so that signals come to the descriptor only.
        let signals = try SignalDescriptor(blocking: ProgramRun.forwarded + [SignalNumber.child])
        // The server writes to sockets whose programs may be gone; it wants EPIPE, not a signal.
        try SignalDescriptor.ignore(SignalNumber.pipe)
        _ = try? ResourceLimits.raiseDescriptorLimit()

        let directory = try PrivateDirectory()
        let host = try DeviceHost(
            devices, directory: directory.path, heap: heap, limits: try limits.limits(), logger: logger)
        try host.start()
        defer { host.stop() }
        let run = ProgramRun(
            program: name, arguments: Array(program.dropFirst()),
            environment: ProgramRun.environment(library: library, directory: directory.path),
            standardInputIsTaken: devices.usesStandardInput)
        let status = try run.untilProgramEnds(signals)
        if let signal = try ProgramRun.untilUnused(host, signals) { throw ExitCode(128 + signal) }
        throw ExitCode(status)
    }
}
