import ArgumentParser
import DeviceServer
import LinuxSystem
import Logging

/// `vb2 serve`: the devices as a daemon in the foreground.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Host devices for many programs, until SIGTERM or Ctrl-C.",
        discussion: """
            Programs see the devices if two environment variables are set for them: LD_PRELOAD, the library that \
            is loaded into them, and VB2_DIRECTORY, where the server listens. The command prints both, as lines \
            that a shell can read:

              vb2 serve --camera pattern > vb2.env &
              set -a; . ./vb2.env; set +a
              v4l2-ctl --list-devices

            \(DeviceSpec.grammar)

            The devices are for this user and root alone, unless --allow-user or --allow-group name others, who then \
            have to be able to enter the directory. 'vb2 list' shows the devices of a running server. Under a service \
            manager (Type=notify) it says when it is ready; Support/vb2.service is a unit for systemd.
            """)

    @OptionGroup var options: DeviceOptions
    @OptionGroup(title: "Memory") var memory: HeapOptions
    @OptionGroup(title: "Who may open the devices") var access: AccessOptions
    @OptionGroup(title: "Limits of one user") var limits: LimitOptions

    @Option(
        help: ArgumentHelp(
            "Where to listen. Default: $VB2_DIRECTORY, else $XDG_RUNTIME_DIR/vb2 or /run/user/UID/vb2, else /tmp/vb2-UID.",
            valueName: "dir"))
    var directory: String?

    func run() throws {
        let devices = try options.list()
        let logger = try options.logger()
        let heap = try memory.makeHeap(logger: logger)
        let library = try ShimLibrary.locate()
        try SignalDescriptor.ignore(SignalNumber.pipe)
        _ = try? ResourceLimits.raiseDescriptorLimit()
        let policy = try access.policy()
        let path = ServerDirectory.absolute(directory ?? ServerDirectory.standard())
        try ServerDirectory.prepare(path, isShared: policy.isShared)
        let host = try DeviceHost(
            devices, directory: path, heap: heap, access: policy, limits: try limits.limits(), logger: logger)
        try host.start()
        defer { host.stop() }
        // The server's own threads have them blocked already. While it starts, a signal just ends it: it may wait for a
        // picture.
        let signals = try SignalDescriptor(blocking: [SignalNumber.terminate, SignalNumber.interrupt])
        let variables = ["\(ServerDirectory.variable)=\(Self.quoted(path))", "LD_PRELOAD=\(Self.quoted(library))"]
        // Nobody reads them, if the output is closed; the server serves all the same.
        try? StandardOutput.writeLine(variables.joined(separator: "\n"))
        let names = devices.entries.map { "/dev/video\($0.node)" }.joined(separator: ", ")
        StandardError.write("vb2: serving \(names); stop with Ctrl-C or SIGTERM\n")
        let manager = ServiceManager()
        manager?.ready("Serving \(names)")
        while try signals.read() == nil { _ = try signals.descriptor.wait(for: .input) }
        manager?.stopping()
    }

    /// A text as a POSIX shell reads it back.
    static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "/._-+:@%".utf8.contains(byte)
        }
        if plain && !text.isEmpty { return text }
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
