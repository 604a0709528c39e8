import CVideoABI
import HostileSupport
import LinuxSystem
import VideoDevice

@testable import DeviceServer

/// A server whose turns the test makes, in a folder of its own, with what it logs.
final class SteppedBench {
    let server: SteppedServer
    let log = RecordingLog()
    private let directory: String

    init(
        _ devices: [any StreamingDevice] = [CountingDevice()],
        limits: ClientLimits = ClientLimits(memory: Memory.total)
    ) throws {
        directory = try Files.makeTemporaryDirectory(prefix: "vb2-test-")
        server = try SteppedServer(directory: directory, devices: devices, limits: limits, logger: log.logger)
    }

    deinit {
        server.stop()
        try? Files.removeTree(directory)
    }

    func connect(_ node: Int = 0) throws -> HostileClient {
        try HostileClient(path: server.path(node))
    }

    /// Connected, adopted, with a handle and the page.
    func open(_ node: Int = 0) throws -> HostileClient {
        let client = try connect(node)
        try client.open { server.settle() }
        return client
    }

    func ask(_ client: HostileClient, _ request: HostileRequest, _ descriptors: [Int32] = []) throws -> HostileAnswer? {
        try client.ask(request, descriptors) { server.settle() }
    }

    /// Buffers, queued; not streaming yet.
    func prepare(_ client: HostileClient, buffers count: UInt32 = 2, isOutput: Bool = false) throws {
        let type = isOutput ? V4L2_BUF_TYPE_VIDEO_OUTPUT.rawValue : V4L2_BUF_TYPE_VIDEO_CAPTURE.rawValue
        let memory = V4L2_MEMORY_MMAP.rawValue
        guard try ask(client, .requestBuffers(count, type: type, memory: memory))?.result == 0 else {
            throw Errno.resourceBusy
        }
        for index in 0..<count {
            guard try ask(client, .buffer(VB2_VIDIOC_QBUF, index, type: type, memory: memory))?.result == 0 else {
                throw Errno.invalidArgument
            }
        }
    }
}
