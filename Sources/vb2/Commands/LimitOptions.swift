import ArgumentParser
import DeviceServer
import LinuxSystem

/// How much one user may have of a server, over all devices and programs.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("limit-handles"),
        help: ArgumentHelp("Open devices; beyond it open() is EMFILE. Default: 4096.", valueName: "n"))
    var handles: Int?

    @Option(
        name: .customLong("limit-buffers"),
        help: ArgumentHelp("Buffers; beyond it REQBUFS gives fewer, then ENOMEM. Default: 32768.", valueName: "n"))
    var buffers: Int?

    @Option(
        name: .customLong("limit-bytes"),
        help: ArgumentHelp(
            "Memory of those, such as 512M; the same errors. Default: half of the machine's.", valueName: "size"))
    var bytes: String?

    @Option(
        name: .customLong("limit-pins"),
        help: ArgumentHelp(
            "Planes of a program's own memory (DMABUF) in devices; beyond it QBUF is ENOMEM. Default: 16384.",
            valueName: "n"))
    var pins: Int?

    @Option(
        name: .customLong("limit-pinned-bytes"),
        help: ArgumentHelp("Memory of those planes; the same error. Default: half of the machine's.", valueName: "size")
    )
    var pinnedBytes: String?

    @Option(
        name: .customLong("limit-requests"),
        help: ArgumentHelp("Requests in a second; who asks more often waits. Default: 100000.", valueName: "n"))
    var requests: Int?

    /// - Throws: `CommandFailure` (64) for what is no number or size, or less than 1.
    func limits(memory: Int = Memory.total) throws(CommandFailure) -> ClientLimits {
        var limits = ClientLimits(memory: memory)
        try set(&limits.handles, to: handles, "handles")
        try set(&limits.buffers, to: buffers, "buffers")
        try set(&limits.bytes, toSize: bytes, "bytes")
        try set(&limits.pins, to: pins, "pins")
        try set(&limits.pinnedBytes, toSize: pinnedBytes, "pinned-bytes")
        try set(&limits.requestsPerSecond, to: requests, "requests")
        return limits
    }

    private func set(_ limit: inout Int, to value: Int?, _ name: String) throws(CommandFailure) {
        guard let value else { return }
        guard value > 0 else { throw .usage("--limit-\(name) is at least 1; leave it out for the default") }
        limit = value
    }

    private func set(_ limit: inout Int, toSize text: String?, _ name: String) throws(CommandFailure) {
        guard let text else { return }
        guard let bytes = HeapOptions.bytes(text), bytes > 0 else {
            throw .usage("'\(text)' is no size; write --limit-\(name)=512M")
        }
        limit = bytes
    }
}
